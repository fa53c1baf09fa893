/** `routec.config.json`, read and checked. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "./config.generated.ts";
import { lineAndColumn, placesIn } from "./json-places.ts";
import { ConfigError, mistakesIn } from "./mistakes.ts";
import { ROOT, resolved, type Schema, structured } from "./schema.ts";

/**
 * The configuration in a file; its paths come back relative to the current folder, as they are in the file relative to
 * its own. Throws {ConfigError} for a file that is no configuration, and what `node:fs` throws for one that cannot be
 * read.
 */
export function readConfigFile(path: string): Config {
  return parseConfig(readFileSync(path, "utf8"), path);
}

/** The configuration that `text` is; `path` is where it stands, for messages and for what is relative to it. */
export function parseConfig(text: string, path: string): Config {
  // A byte order mark is what some editors begin a file with.
  const json = text.replace(/^\ufeff/, "");
  const { values, keys, fault } = placesIn(json);
  const place = (offset: number): string => `${path}:${lineAndColumn(json, offset)}`;
  if (fault !== undefined) throw new ConfigError(`${place(fault.offset)}: ${fault.message}`);
  const config: unknown = JSON.parse(json);
  const mistakes = mistakesIn(config)
    .map(({ pointer, message }) => ({
      offset: (message.includes(" is no setting") ? keys.get(pointer) : values.get(pointer)) ?? 0,
      message,
    }))
    .toSorted((a, b) => a.offset - b.offset);
  if (mistakes.length > 0) {
    throw new ConfigError(mistakes.map(({ offset, message }) => `${place(offset)}: ${message}`).join("\n"));
  }
  return withPathsFrom(dirname(path), config, ROOT) as Config;
}

const PATH = "#/definitions/Path";

/** A checked value in which each path is relative to `folder` no more. */
function withPathsFrom(folder: string, value: unknown, schema: Schema): unknown {
  if (schema.$ref === PATH) return resolve(folder, value as string);
  const { properties = {}, items } = structured(resolved(schema));
  if (Array.isArray(value)) {
    return items === undefined ? value : value.map((item) => withPathsFrom(folder, item, items));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, own === undefined ? part : withPathsFrom(folder, part, own)];
    }),
  );
}
