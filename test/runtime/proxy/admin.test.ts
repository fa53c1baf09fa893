import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import { type AdminOptions, type Compiled, createAdmin } from "../../../runtime/proxy/admin.ts";
import { holdPolicy, type PolicyHolder } from "../../../runtime/proxy/policy-holder.ts";
import { type DecisionTable, load } from "../../../runtime/table/index.ts";
import { GOOD, MISSPELT } from "../../support/policies.ts";
import { raw } from "./harness.ts";

function tableOf(text: string): DecisionTable {
  const { table } = compile({ text });
  if (table === undefined) throw new Error("the policy has errors");
  return table;
}

const FIRST = tableOf(GOOD);
const SECOND = tableOf(GOOD.replace("route chat", "route talk"));
const TOKEN = "admin-secret";

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  json(): { [name: string]: unknown };
}

/** An admin server over a policy, and what asks it. */
async function serve(options: Partial<AdminOptions> = {}) {
  const policies: PolicyHolder<unknown> = await holdPolicy(load(structuredClone(FIRST)), {
    clock: { now: () => Date.UTC(2027, 0, 1) },
    open: ({ table }) => createTransport(table, { env: {} }),
    close: (transport) => transport.close(),
  });
  const faults: unknown[] = [];
  const admin = createAdmin({ policies, report: (fault) => faults.push(fault), ...options });
  const { port } = await admin.listen({ port: 0 });
  onTestFinished(() => admin.close());
  const ask = async (path: string, init: RequestInit = {}): Promise<Asked> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: { connection: "close", ...init.headers },
    });
    const text = await response.text();
    return { status: response.status, text, headers: response.headers, json: () => JSON.parse(text) };
  };
  const post = (body: string | object, type = "application/json") =>
    ask("/policy", {
      method: "POST",
      headers: { "content-type": type },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { admin, policies, ask, post, port, faults };
}

describe("health", () => {
  test("is told while the process runs, readiness while it can answer", async () => {
    let why: string | undefined;
    const { ask } = await serve({ notReady: () => why });
    expect([(await ask("/healthz")).status, (await ask("/readyz")).status]).toEqual([200, 200]);
    why = "stopping";
    expect([(await ask("/healthz")).status, (await ask("/readyz")).status]).toEqual([200, 503]);
    expect((await ask("/readyz")).text).toBe("not ready: stopping\n");
  });
});

describe("what is not there", () => {
  test.each([
    ["/", "GET", 404],
    ["/metrics", "GET", 404],
    ["/decisions", "GET", 404],
    ["/v1/models", "GET", 404],
    ["//evil.example.com/healthz", "GET", 200],
    ["/policy", "DELETE", 405],
    ["/healthz", "POST", 405],
  ])("%s %s", async (path, method, status) => {
    const { ask } = await serve();
    expect((await ask(path, { method })).status).toBe(status);
  });

  test("405 says what is", async () => {
    const { ask } = await serve();
    expect((await ask("/policy", { method: "PUT" })).headers.get("allow")).toBe("GET, HEAD, POST");
  });
});

describe("metrics and decisions", () => {
  test("are what their functions give", async () => {
    const { ask } = await serve({
      metrics: (accept) => ({ type: "text/x", text: `asked for ${accept}` }),
      decisions: (last) => [{ last }],
    });
    const metrics = await ask("/metrics", { headers: { accept: "a/b" } });
    expect([metrics.text, metrics.headers.get("content-type")]).toEqual(["asked for a/b", "text/x"]);
    expect((await ask("/decisions")).json()).toEqual({ decisions: [{ last: 100 }] });
    expect((await ask("/decisions?last=7")).json()).toEqual({ decisions: [{ last: 7 }] });
    expect((await ask("/decisions?last=-1")).json()).toMatchObject({
      error: { message: "`last` is `-1`: expected a whole number" },
    });
  });

  test("that cannot be had are a fault of ours, of which the client learns nothing", async () => {
    const { ask, faults } = await serve({
      decisions: () => {
        throw new Error("inner");
      },
    });
    const { status, text } = await ask("/decisions");
    expect(status).toBe(500);
    expect(text).not.toContain("inner");
    expect(faults).toEqual([expect.objectContaining({ message: "inner" })]);
  });
});

describe("the policy", () => {
  test("is described", async () => {
    const { ask } = await serve();
    expect((await ask("/policy")).json()).toEqual({
      hash: FIRST.hash,
      compiler: FIRST.compiler,
      loaded: "2027-01-01T00:00:00.000Z",
      files: FIRST.files,
      routes: ["chat"],
    });
  });

  test("gives way to a table", async () => {
    const { ask, post, policies } = await serve();
    expect(await post(SECOND).then(({ status, json }) => [status, json().hash])).toEqual([200, SECOND.hash]);
    expect(policies.current.policy.table.hash).toBe(SECOND.hash);
    expect((await ask("/policy")).json().routes).toEqual(["talk"]);
  });

  test("gives way to source where there is a compiler", async () => {
    const compileText: AdminOptions["compile"] = async (text) => {
      const { table, diagnostics } = compile({ text });
      return table === undefined ? { why: "the policy has errors", diagnostics } : { table };
    };
    const { post, policies } = await serve({ compile: compileText });
    expect((await post(GOOD.replace("route chat", "route talk"), "text/plain; charset=utf-8")).status).toBe(200);
    expect(policies.current.policy.table.hash).toBe(SECOND.hash);
    const refused = await post(MISSPELT, "text/plain");
    expect(refused.status).toBe(422);
    expect(refused.json()).toMatchObject({
      error: { message: "the policy has errors", code: "policy_refused" },
      diagnostics: [{ code: "RT2001" }],
    });
    expect(policies.current.policy.table.hash).toBe(SECOND.hash);
  });

  const unset = tableOf(
    GOOD.replace("protocol simulated", 'protocol openai, url "https://a.example.com", key env "ROUTEC_UNSET"'),
  );
  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "the request body is not valid JSON"],
    ["no table", {}, 422, "not a decision table"],
    ["a table of another format", { format: 2 }, 422, "the table has format 2"],
    [
      "a table that was changed",
      { ...SECOND, zone: "Europe/Berlin" },
      422,
      "the table was changed after it was compiled",
    ],
    ["one whose keys are not set", unset, 422, "the environment variable `ROUTEC_UNSET`"],
  ])("stays when what comes is %s", async (_, body, status, message) => {
    const { post, policies, faults } = await serve();
    const refused = await post(body as object);
    expect(refused.status).toBe(status);
    expect(refused.json()).toMatchObject({ error: { message: expect.stringContaining(message) } });
    expect(policies.current.policy.table.hash).toBe(FIRST.hash);
    expect(faults).toEqual([]);
  });

  test("as source is not taken without a compiler, nor as anything else", async () => {
    const { post } = await serve();
    expect((await post(GOOD, "text/plain")).status).toBe(415);
    expect((await post("a=b", "application/x-www-form-urlencoded")).status).toBe(415);
  });

  test("that is too long is refused before it is read, and the connection closed", async () => {
    const { port } = await serve();
    const head = `POST /policy HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n`;
    expect(await raw(port, head)).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
  });

  test("may be closed to others", async () => {
    const { post } = await serve({ post: false });
    expect((await post(SECOND)).status).toBe(405);
  });
});

describe("who may ask", () => {
  test("without a token: this machine, and no page of another site", async () => {
    const { ask, port, post, policies } = await serve();
    expect((await ask("/policy", { headers: { origin: "https://evil.example.com" } })).status).toBe(403);
    expect(await raw(port, "GET /policy HTTP/1.1\r\nhost: evil.example.com\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 403/,
    );
    expect((await post(SECOND)).status).toBe(200);
    expect(policies.current.policy.table.hash).toBe(SECOND.hash);
  });

  test("with one: who has it; probes are told whether it lives all the same", async () => {
    const { ask } = await serve({ token: TOKEN, decisions: () => [] });
    const asking = (authorization?: string) =>
      ask("/policy", authorization === undefined ? {} : { headers: { authorization } });
    expect((await asking(`Bearer ${TOKEN}`)).status).toBe(200);
    for (const wrong of [undefined, "Bearer ", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, "Bearer x"]) {
      const refused = await asking(wrong);
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="routec admin"']);
    }
    for (const path of ["/decisions", "/nothing", "/metrics"]) expect((await ask(path)).status).toBe(401);
    for (const path of ["/healthz", "/readyz"]) expect((await ask(path)).status).toBe(200);
  });

  test("beyond loopback only with one", async () => {
    const policies = { current: undefined, replace: undefined } as never;
    await expect(createAdmin({ policies }).listen({ port: 0, host: "0.0.0.0" })).rejects.toThrow(
      "expected a `token` of `admin`",
    );
    const admin = createAdmin({ policies, token: TOKEN });
    const { port } = await admin.listen({ port: 0, host: "0.0.0.0" });
    onTestFinished(() => admin.close());
    expect((await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: "close" } })).status).toBe(200);
  });
});

describe("closing", () => {
  const head = "POST /policy HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  test.each([
    ["nothing was sent", ""],
    ["half a head was", "POST /policy HTTP/1.1\r\nHo"],
    ["half a policy was", `${head}Content-Length: 500\r\n\r\n{"fo`],
    ["a chunk of one was", `${head}Transfer-Encoding: chunked\r\n\r\n3\r\n{"f\r\n`],
  ])("drops connections on which %s", async (_, bytes) => {
    const { admin, port, ask, faults } = await serve();
    const dropped = raw(port, bytes);
    // What was sent before another request was answered has arrived.
    await ask("/healthz");
    await admin.close();
    expect(await dropped).toBe("");
    expect(faults).toEqual([]);
  });

  test("answers the policy that is being put in place", async () => {
    const arrived = Promise.withResolvers<void>();
    const compiled = Promise.withResolvers<Compiled>();
    const { admin, post } = await serve({
      compile: () => {
        arrived.resolve();
        return compiled.promise;
      },
    });
    const posted = post(GOOD, "text/plain");
    await arrived.promise;
    const closed = admin.close();
    compiled.resolve({ table: SECOND });
    expect((await posted).status).toBe(200);
    await closed;
  });
});

test("a caller that leaves before all of its policy came is no fault of ours", async () => {
  const { port, ask, faults } = await serve();
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST /policy HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
  );
  await once(socket, "connect");
  socket.destroy();
  await once(socket, "close");
  await ask("/healthz");
  expect(faults).toEqual([]);
});
