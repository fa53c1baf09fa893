import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Config,
  configFromEnvironment,
  mergeConfigs,
  settingsOf,
  unknownVariables,
} from "../../../runtime/config/index.ts";
import { SETTINGS, takesSecret } from "../../../runtime/config/schema.ts";
import { page } from "../../docs/pages.ts";

const KEYS = [{ name: "a", sha256: "0".repeat(64) }];

describe("a variable sets", () => {
  test.each([
    ["ROUTEC_LISTEN_PORT", "80", { listen: { port: 80 } }],
    ["ROUTEC_LISTEN_HOST", "::1", { listen: { host: "::1" } }],
    ["ROUTEC_METRICS", "false", { metrics: false }],
    ["ROUTEC_WORKERS", "2", { workers: 2 }],
    ["ROUTEC_LEDGER_REDIS_OPEN_SHARE", "0.25", { ledger: { redis: { open_share: 0.25 } } }],
    ["ROUTEC_LIMITS_IDLE_TIMEOUT", "5s", { limits: { idle_timeout: "5s" } }],
    ["ROUTEC_AUTH", "none", { auth: "none" }],
    ["ROUTEC_AUTH", JSON.stringify({ keys: KEYS }), { auth: { keys: KEYS } }],
    ["ROUTEC_AUTH_KEYS", JSON.stringify(KEYS), { auth: { keys: KEYS } }],
    ["ROUTEC_ADMIN_TOKEN", "s3cret", { admin: { token: { env: "ROUTEC_ADMIN_TOKEN" } } }],
    ["ROUTEC_LEDGER_REDIS_URL", "redis://x", { ledger: { redis: { url: { env: "ROUTEC_LEDGER_REDIS_URL" } } } }],
    ["ROUTEC_LISTEN_PORT", "", {}],
    ["OTHER", "1", {}],
  ])("%s=%s", (name, text, config) => expect(configFromEnvironment({ [name]: text })).toEqual(config));
});

describe("what is wrong with a variable is said of the variable", () => {
  test.each([
    ["ROUTEC_LISTEN_PORT", "http", '`ROUTEC_LISTEN_PORT` is `"http"`: expected a whole number from 0 to 65535'],
    ["ROUTEC_LISTEN_PORT", "99999", "`ROUTEC_LISTEN_PORT` is `99999`: expected a whole number from 0 to 65535"],
    ["ROUTEC_METRICS", "1", '`ROUTEC_METRICS` is `"1"`: expected `true` or `false`'],
    ["ROUTEC_AUTH", "off", '`ROUTEC_AUTH` is a text: expected `"none"`, or an object with `keys` and `jwt`'],
    ["ROUTEC_AUTH_KEYS", "rk_abc", "`ROUTEC_AUTH_KEYS` is not JSON: expected a list or an object as JSON"],
    ["ROUTEC_AUTH_KEYS", '[{"name":"a"}]', "`ROUTEC_AUTH_KEYS/0` lacks `sha256`"],
  ])("%s=%s", (name, text, message) => {
    expect(() => configFromEnvironment({ [name]: text })).toThrow(
      expect.objectContaining({ name: "ConfigError", message }),
    );
  });

  test("one that is near to a setting is told, any other is somebody else's", () => {
    const env = { ROUTEC_LISTEN_PRT: "1", ROUTEC_OPENAI_KEY: "k", ROUTEC_ADMIN_SERVICE_HOST: "h", ROUTEC_CONFIG: "c" };
    expect(unknownVariables(env)).toEqual(["`ROUTEC_LISTEN_PRT` is no setting; did you mean `ROUTEC_LISTEN_PORT`?"]);
  });
});

test("no two settings share a variable", () => {
  expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length);
});

test("docs/serving.md has every setting with its variable and its default", () => {
  const rows = page("docs/serving.md")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  for (const { path, variable, schema } of SETTINGS) {
    const row = rows.find(([, setting]) => setting === `\`${path.join(".")}\``);
    expect(row, path.join(".")).toContain(`\`${variable}\``);
    if (schema.default === undefined) continue;
    const written = typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default);
    expect(row?.join(" "), path.join(".")).toContain(`\`${written}\``);
  }
});

test("defaults are those that the schema states", () => {
  const stated = SETTINGS.filter(
    ({ schema, path }) => schema.default !== undefined && path[1] !== "redis",
  ).reduce<Config>(
    (config, { path, schema }) =>
      mergeConfigs(config, path.reduceRight<unknown>((value, step) => ({ [step]: value }), schema.default) as Config),
    {},
  );
  expect(settingsOf(stated, {})).toEqual(settingsOf({}, {}));
});

describe("layers", () => {
  /** A configuration of some settings, each with one of two values of its type. */
  const layer = fc.record(
    {
      workers: fc.constantFrom(1, 2),
      metrics: fc.boolean(),
      listen: fc.record(
        { host: fc.constantFrom("127.0.0.1", "::1"), port: fc.constantFrom(1, 2) },
        { requiredKeys: [] },
      ),
      auth: fc.constantFrom("none" as const, { keys: KEYS }),
      admin: fc.record({ token: fc.constantFrom({ env: "A" }, { file: "f" }) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  const at = (config: unknown, path: readonly string[]): unknown =>
    path.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], config);

  test("of each setting the last that has it wins", () => {
    fc.assert(
      fc.property(layer, layer, (under, over) => {
        const merged = mergeConfigs(under as Config, over as Config);
        for (const { path } of SETTINGS) {
          if (path[0] === "auth") continue;
          expect(at(merged, path), path.join(".")).toEqual(at(over, path) ?? at(under, path));
        }
        expect(merged.auth).toEqual(over.auth ?? under.auth);
      }),
    );
  });

  test("what the environment sets is what a file would set", () => {
    const settings = SETTINGS.filter(
      ({ schema }) => !takesSecret(schema) && ["integer", "boolean"].includes(schema.type ?? ""),
    );
    fc.assert(
      fc.property(fc.subarray(settings), fc.boolean(), fc.nat(1), (some, yes, nth) => {
        const value = (schema: (typeof some)[number]["schema"]): number | boolean =>
          schema.type === "boolean" ? yes : (schema.minimum ?? 0) + nth;
        const env = Object.fromEntries(some.map(({ variable, schema }) => [variable, String(value(schema))]));
        const config = configFromEnvironment(env);
        for (const { path, schema } of some) expect(at(config, path)).toBe(value(schema));
      }),
    );
  });
});
