/** Settings from environment variables: each has one, named by its path (`listen.port` is `ROUTEC_LISTEN_PORT`). */
import { nearest } from "../proxy/nearest.ts";
import type { Config } from "./config.generated.ts";
import { ConfigError, mistakesIn } from "./mistakes.ts";
import { type Schema, SETTINGS, type Setting, takesSecret } from "./schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable names the configuration file itself. */
export const CONFIG_FILE = "ROUTEC_CONFIG";

/**
 * What the environment sets. Lists and objects are JSON; a secret's variable holds the secret; an empty variable counts
 * as not set. Throws {ConfigError}, which names variables and never repeats a secret.
 */
export function configFromEnvironment(env: Environment): Config {
  const config: Record<string, unknown> = {};
  const given: Setting[] = [];
  const broken: string[] = [];
  for (const setting of SETTINGS) {
    const text = env[setting.variable];
    if (text === undefined || text === "") continue;
    given.push(setting);
    try {
      put(config, setting.path, settingValue(setting, text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      broken.push(`\`${setting.variable}\` is not JSON: expected a list or an object as JSON`);
    }
  }
  const variableOf = (pointer: string): string => {
    // Of `auth` and `auth.keys` the longer one is meant.
    const setting = given.findLast(({ path }) => `${pointer}/`.startsWith(`/${path.join("/")}/`));
    return setting === undefined
      ? pointer
      : setting.variable +
          pointer
            .slice(setting.path.join("/").length + 1)
            .replaceAll("/", " ")
            .replaceAll(" ", "/");
  };
  const mistakes = [...broken, ...mistakesIn(config, variableOf).map(({ message }) => message)];
  if (mistakes.length > 0) throw new ConfigError(mistakes.join("\n"));
  return config;
}

/**
 * Variables that look like settings and are none, each with what was probably meant; to be told, not to be refused,
 * because a policy may name its own variables, and orchestrators add some (`ROUTEC_ADMIN_SERVICE_HOST`).
 */
export function unknownVariables(env: Environment): readonly string[] {
  const known = new Set(SETTINGS.map(({ variable }) => variable));
  return Object.keys(env).flatMap((name) => {
    const section = /^ROUTEC_[A-Z]+_/.exec(name)?.[0];
    if (known.has(name) || section === undefined) return [];
    const others = [...known].filter((other) => other.startsWith(section)).map((other) => other.slice(section.length));
    const [near] = nearest(name.slice(section.length), others);
    return near === undefined ? [] : [`\`${name}\` is no setting; did you mean \`${section}${near}\`?`];
  });
}

/** Throws SyntaxError for what should be JSON and is not. */
function settingValue({ schema, variable }: Setting, text: string): unknown {
  if (takesSecret(schema)) return { env: variable };
  return read(schema, text);
}

function read({ type, oneOf }: Schema, text: string): unknown {
  switch (type) {
    case "integer":
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "array":
    case "object":
      return JSON.parse(text);
    default:
      return oneOf !== undefined && /^\s*[{[]/.test(text) ? JSON.parse(text) : text;
  }
}

function put(config: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = config;
  for (const step of path.slice(0, -1)) {
    const inner = at[step];
    // `ROUTEC_AUTH=none` beside `ROUTEC_AUTH_KEYS`: the more exact one is meant.
    const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
    at[step] = next;
    at = next;
  }
  at[path.at(-1) ?? ""] = value;
}
