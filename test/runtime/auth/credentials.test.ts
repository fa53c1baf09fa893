import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credentialsIn } from "../../../runtime/auth/credentials.ts";

const TOKEN = { kind: "token", token: "rk_1" };
const MALFORMED = expect.objectContaining({ kind: "malformed" });

describe("credentials", () => {
  test.each([
    ["nothing", [], { kind: "none" }],
    ["other headers", ["host", "x", "x-api-kez", "y"], { kind: "none" }],
    ["a bearer", ["authorization", "Bearer rk_1"], TOKEN],
    ["a bearer in any case", ["Authorization", "bEARER   rk_1 "], TOKEN],
    ["a key", ["X-Api-Key", "rk_1"], TOKEN],
    ["the same twice", ["authorization", "Bearer rk_1", "x-api-key", "rk_1"], TOKEN],
    ["two that differ", ["authorization", "Bearer rk_1", "x-api-key", "rk_2"], MALFORMED],
    ["two bearers", ["authorization", "Bearer rk_1", "authorization", "Bearer rk_2"], MALFORMED],
    ["another scheme", ["authorization", "Basic cms6MQ=="], MALFORMED],
    ["a scheme alone", ["authorization", "Bearer"], MALFORMED],
    ["a scheme and a space", ["authorization", "Bearer "], MALFORMED],
    ["no scheme", ["authorization", "rk_1"], MALFORMED],
    ["a list", ["authorization", "Bearer rk_1, Bearer rk_2"], MALFORMED],
    ["an empty key", ["x-api-key", ""], MALFORMED],
    ["a key with a space", ["x-api-key", "rk 1"], MALFORMED],
    ["a key beyond ASCII", ["x-api-key", "rk_\u00e9"], MALFORMED],
  ])("%s", (_, headers, credentials) => expect(credentialsIn(headers)).toEqual(credentials));

  const secret = fc.stringMatching(/^[\x21-\x7e]{8,40}$/);
  const anyCase = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) => [...name].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(""));
  const other = fc.tuple(fc.stringMatching(/^[a-z-]{1,20}$/), fc.string());

  test("are found among any headers, however their names are written", () => {
    const shown = fc.oneof(
      fc
        .tuple(anyCase("authorization"), anyCase("bearer"), secret)
        .map(([name, scheme, token]) => ({ pair: [name, `${scheme} ${token}`], token })),
      fc.tuple(anyCase("x-api-key"), secret).map(([name, token]) => ({ pair: [name, token], token })),
    );
    fc.assert(
      fc.property(shown, fc.array(other), fc.array(other), ({ pair, token }, before, after) => {
        fc.pre([...before, ...after].every(([name]) => name !== "authorization" && name !== "x-api-key"));
        expect(credentialsIn([...before.flat(), ...pair, ...after.flat()])).toEqual({ kind: "token", token });
      }),
    );
  });

  test("are never repeated in what is said of them, and nothing throws", () => {
    fc.assert(
      fc.property(fc.constantFrom("authorization", "x-api-key"), fc.string({ minLength: 6 }), (name, value) => {
        const credentials = credentialsIn([name, value]);
        if (credentials.kind === "malformed") expect(credentials.message).not.toContain(value);
        else expect(value).toContain(credentials.kind === "token" ? credentials.token : "");
      }),
    );
  });
});
