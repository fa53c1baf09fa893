import type { Config } from "./config.generated.ts";
import { SETTINGS } from "./schema.ts";

const WHOLE: ReadonlySet<string> = new Set(
  SETTINGS.map(({ path }) => path.join(".")).filter((path) => path !== "auth"),
);

/** One configuration of several; the later ones win, setting by setting. */
export function mergeConfigs(...layers: readonly Config[]): Config {
  return layers.reduce((under, over) => merged(under, over, "") as Config, {});
}

function merged(under: unknown, over: unknown, path: string): unknown {
  if (over === undefined) return under;
  if (!isObject(under) || !isObject(over) || WHOLE.has(path)) return over;
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    [...names].map((name) => [name, merged(under[name], over[name], path === "" ? name : `${path}.${name}`)]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
