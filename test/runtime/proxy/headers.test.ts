import { describe, expect, test } from "vitest";
import { passAnswerHeaders, upstreamHeaders } from "../../../runtime/proxy/headers.ts";

/** What of an answer's headers goes to a client. */
function passed(...headers: string[]): string[] {
  const into = ["connection", "first"];
  passAnswerHeaders(headers, into);
  return into.slice(2);
}

describe("a request's headers", () => {
  test("go upstream under their name in lower case, repeats and order kept", () => {
    const headers = ["Accept", "a", "X-Request-ID", "1", "accept", "b", "tracestate", "t"];
    expect(upstreamHeaders(headers)).toEqual(["accept", "a", "x-request-id", "1", "accept", "b", "tracestate", "t"]);
  });

  test.each(["authorization", "cookie", "accept-encoding", "x-accept", "x-request-id2", ""])("stay: `%s`", (name) => {
    expect(upstreamHeaders([name, "1"])).toEqual([]);
  });
});

describe("an answer's headers", () => {
  test("pass as they are, repeats and order kept", () => {
    const headers = ["X-Request-ID", "1", "link", "<a>", "Link", "<b>", "x-routec", "not ours", "upgrades", "1"];
    expect(passed(...headers)).toEqual(headers);
  });

  test.each([
    "Content-Length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "Set-Cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-should-retry",
    "X-Routec-Model",
  ])("stay: `%s`", (name) => {
    expect(passed(name, "1", "x-other", "2")).toEqual(["x-other", "2"]);
  });

  test("are told apart whatever stood in their place in the answer before", () => {
    expect(passed("x-first", "1", "set-cookie", "2")).toEqual(["x-first", "1"]);
    expect(passed("set-cookie", "1", "x-first", "2")).toEqual(["x-first", "2"]);
    const many = Array.from({ length: 100 }, (_, place) => [place % 2 === 0 ? "te" : `x-${place}`, "1"]).flat();
    expect(passed(...many, ...many)).toHaveLength(200);
    expect(passed(...many.slice(2), ...many)).toHaveLength(200);
  });

  test("stay where a connection header names them, before it or after it", () => {
    const hops = ["X-Before", "1", "Connection", "keep-alive, x-before", "connection", "X-After", "x-after", "2"];
    expect(passed(...hops, "x-other", "3")).toEqual(["x-other", "3"]);
  });
});
