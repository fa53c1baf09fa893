import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../runtime/config/index.ts";
import { lineAndColumn, placesIn } from "../../../runtime/config/json-places.ts";
import { page } from "../../docs/pages.ts";

/** What is said of a file with this text. */
function said(text: string): string {
  try {
    parseConfig(text, "routec.config.json");
    return "";
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError" });
    return (error as Error).message.replaceAll("routec.config.json:", "");
  }
}

describe("what is wrong with a file is said with its line and column", () => {
  test.each([
    ["a misspelt section", '{\n  "lisen": {}\n}', "2:3: `lisen` is no setting; did you mean `listen`?"],
    [
      "a misspelt setting",
      '{ "listen": { "prt": 1 } }',
      "1:15: `prt` is no setting of `/listen`; did you mean `port`?",
    ],
    ["a setting that is far from any", '{ "frobnicate": 1 }', "1:3: `frobnicate` is no setting"],
    [
      "a wrong type",
      '{ "listen": { "port": "80" } }',
      '1:23: `/listen/port` is `"80"`: expected a whole number from 0 to 65535',
    ],
    ["out of range", '{ "workers": 0 }', "1:14: `/workers` is `0`: expected a whole number from 1 to 1024"],
    [
      "half a number",
      '{ "listen": { "port": 1.5 } }',
      "1:23: `/listen/port` is `1.5`: expected a whole number from 0 to 65535",
    ],
    [
      "no such choice",
      '{ "log": { "to": "disk" } }',
      '1:18: `/log/to` is `"disk"`: expected one of `file`, `stdout`, `none`',
    ],
    [
      "a duration without unit",
      '{ "limits": { "idle_timeout": "30" } }',
      '1:31: `/limits/idle_timeout` is `"30"`: expected a duration such as `"30s"`',
    ],
    ["a yes that is none", '{ "metrics": "yes" }', '1:14: `/metrics` is `"yes"`: expected `true` or `false`'],
    ["a list in place of an object", '{ "tls": [] }', "1:10: `/tls` is a list: expected an object"],
    ["no object at all", "[]", "1:1: `/` is a list: expected an object of settings"],
    ["a key without its hash", '{ "auth": { "keys": [{ "name": "a" }] } }', "1:22: `/auth/keys/0` lacks `sha256`"],
    [
      "an unknown algorithm",
      '{ "auth": { "jwt": [{ "issuer": "i", "audience": "a", "algorithms": ["HS256"] }] } }',
      '1:70: `/auth/jwt/0/algorithms/0` is `"HS256"`: expected one of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `ES512`, `EdDSA`, `Ed25519`',
    ],
    [
      "an audience that is none",
      '{ "auth": { "jwt": [{ "issuer": "i", "audience": 1 }] } }',
      "1:50: `/auth/jwt/0/audience` is `1`: expected a text, or a list of at least one",
    ],
    [
      "a misspelt none",
      '{ "auth": "non" }',
      '1:11: `/auth` is a text: expected `"none"`, or an object with `keys` and `jwt`',
    ],
    ["a comment", "{\n  // hello\n}", "2:3: `/` stands here: expected a key in double quotes"],
    ["a comma too many", '{ "workers": 1, }', "1:17: `}` stands here: expected a key in double quotes"],
    ["a comma too few", '{ "workers": 1 "metrics": true }', '1:16: `"metrics"` stands here: expected `,` or `}`'],
    ["a text that ends", '{ "workers": ', "1:14: the text ends here: expected a value"],
    ["an empty file", "", "1:1: the text ends here: expected a value"],
    ["a key twice", '{ "workers": 1,\n "workers": 2 }', "2:2: `workers` is given twice"],
  ])("%s", (_, text, message) => expect(said(text)).toBe(message));

  test("several mistakes are all said, in their order", () => {
    expect(said('{ "workers": 0,\n  "lisen": {},\n  "admin": { "port": true } }')).toBe(
      [
        "1:14: `/workers` is `0`: expected a whole number from 1 to 1024",
        "2:3: `lisen` is no setting; did you mean `listen`?",
        "3:22: `/admin/port` is `true`: expected a whole number from 0 to 65535",
      ].join("\n"),
    );
  });

  test.each([
    '{ "admin": { "token": "s3cret" } }',
    '{ "auth": "s3cret" }',
    '{ "auth": { "keys": [{ "name": "a", "sha256": "s3cret" }] } }',
    '{ "auth": { "keys": "s3cret" } }',
    '{ "admin": "s3cret" }',
  ])("a literal secret is refused and not repeated: %s", (text) => {
    expect(said(text)).toMatch(/: expected /);
    expect(said(text)).not.toContain("s3cret");
  });
});

describe("a file", () => {
  test("may be the one of the documentation", () => {
    const [, example = ""] = /```json\n(.*?)```/s.exec(page("docs/serving.md")) ?? [];
    expect(parseConfig(example, "/etc/routec.config.json")).toMatchObject({
      listen: { port: 443 },
      tls: { cert: "/etc/tls/chain.pem" },
    });
  });

  test("may be empty of settings, name its schema, and begin with a byte order mark", () => {
    expect(parseConfig('\ufeff{ "$schema": "./x.json" }', "c.json")).toEqual({ $schema: "./x.json" });
  });

  test("has paths relative to its own folder, wherever they stand", () => {
    const config = {
      state: "s",
      tls: { cert: "c.pem", key: "/abs/k.pem" },
      admin: { token: { file: "t" } },
      ledger: { folder: "l", redis: { url: { file: "u" } } },
      auth: { jwt: [{ issuer: "i", audience: "a", jwks_file: "k.json" }] },
      log: { to: "stdout" },
    };
    expect(parseConfig(JSON.stringify(config), "/etc/routec/c.json")).toEqual({
      ...config,
      state: "/etc/routec/s",
      tls: { cert: "/etc/routec/c.pem", key: "/abs/k.pem" },
      admin: { token: { file: "/etc/routec/t" } },
      ledger: { folder: "/etc/routec/l", redis: { url: { file: "/etc/routec/u" } } },
      auth: { jwt: [{ issuer: "i", audience: "a", jwks_file: "/etc/routec/k.json" }] },
    });
  });

  test("keeps a claim whatever it is called", () => {
    const keys = [{ name: "a", sha256: "0".repeat(64), claims: { state: "s", __prto: 1, constructor: "x" } }];
    expect(parseConfig(JSON.stringify({ auth: { keys } }), "c.json")).toEqual({ auth: { keys } });
  });
});

describe("places in JSON", () => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  /** JSON with a piece taken out, put in or doubled. */
  const damaged = fc
    .tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.nat(5),
      fc.constantFrom("", ",", "]", "}", '"', "\\", "01", "\n", ":", "x", "\u0001"),
    )
    .map(([text, at, length, put]) => {
      const begin = at % (text.length + 1);
      return text.slice(0, begin) + put + text.slice(begin + length);
    });

  test("a fault is found where JSON.parse finds one, and nowhere else", () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string(), fc.json()), (text) => {
        const { fault } = placesIn(text);
        if (fault?.message.endsWith("is given twice")) return;
        expect(fault === undefined, text).toBe(parses(text));
      }),
      { numRuns: 3000 },
    );
  });

  test("what stands at a value's place begins with that value", () => {
    const beginsWith = (text: string, value: unknown): boolean =>
      typeof value === "object" && value !== null
        ? text.startsWith(Array.isArray(value) ? "[" : "{")
        : text.startsWith(JSON.stringify(value));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, undefined, spaced ? 2 : 0);
        const { values, fault } = placesIn(text);
        expect(fault).toBeUndefined();
        const visit = (part: unknown, pointer: string): void => {
          expect(beginsWith(text.slice(values.get(pointer)), part)).toBe(true);
          if (typeof part !== "object" || part === null) return;
          for (const [name, inner] of Object.entries(part)) {
            visit(inner, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
          }
        };
        visit(JSON.parse(text), "");
      }),
    );
  });

  test("what is nested too deeply to be a configuration is refused, not followed", () => {
    const deep = placesIn("[".repeat(200_000) + "]".repeat(200_000));
    expect(deep.fault?.message).toBe("more than 100 lists and objects are open here");
  });

  test("lines and columns count from 1", () => {
    expect([0, 2, 3].map((offset) => lineAndColumn("ab\nc", offset))).toEqual(["1:1", "1:3", "2:1"]);
  });
});
