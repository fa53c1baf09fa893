/**
 * JSON Schemas for structured outputs. Anthropic refuses keywords that it cannot hold an answer to, so that they are told
 * to the model in the description instead: as Anthropic's own SDK does it (`lib/transform-json-schema`).
 */
import { isObject, type JsonObject } from "../json.ts";

const FORMATS = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]);
const DEFINITIONS = ["$defs", "definitions"];
const KEPT = new Set(["type", "title", "enum", "const"]);
/** Says nothing about values. */
const SILENT = new Set(["$schema", "$id", "description", "additionalProperties", "$comment"]);

/** `schema` in the part of JSON Schema that structured outputs take. */
export function restricted(schema: JsonObject): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const told: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (DEFINITIONS.includes(keyword) && isObject(value)) out[keyword] = each(value);
    else if (keyword === "$ref" || KEPT.has(keyword)) out[keyword] = value;
    else if (keyword === "properties" && isObject(value)) out.properties = each(value);
    else if (keyword === "items" && isObject(value)) out.items = restricted(value);
    else if (keyword === "required" && Array.isArray(value)) out.required = value;
    else if ((keyword === "anyOf" || keyword === "oneOf") && Array.isArray(value)) out.anyOf = all(value);
    else if (keyword === "allOf" && Array.isArray(value)) out.allOf = all(value);
    else if (keyword === "format" && FORMATS.has(String(value))) out.format = value;
    else if (keyword === "minItems" && (value === 0 || value === 1)) out.minItems = value;
    else if (!SILENT.has(keyword)) told.push(`${keyword}: ${JSON.stringify(value)}`);
  }
  // Nothing may stand beside a reference but definitions.
  if (out.$ref !== undefined) return pick(out, ["$ref", ...DEFINITIONS]);
  if (isOfObjects(schema)) {
    out.properties ??= {};
    out.additionalProperties = false;
  }
  const description = [schema.description, told.length > 0 && `{${told.join(", ")}}`].filter(Boolean).join("\n\n");
  if (description !== "") out.description = description;
  return out;
}

function isOfObjects({ type, properties }: JsonObject): boolean {
  return type === "object" || (Array.isArray(type) && type.includes("object")) || isObject(properties);
}

function each(schemas: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, value]) => [name, one(value)]));
}

function all(schemas: readonly unknown[]): readonly unknown[] {
  return schemas.map(one);
}

/** A schema can be true or false, too. */
function one(schema: unknown): unknown {
  return isObject(schema) ? restricted(schema) : schema;
}

function pick(from: JsonObject, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}
