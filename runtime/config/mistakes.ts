/** What is wrong with a configuration, for people: what Ajv finds, said by the schema's own words. */
import { nearest } from "../proxy/nearest.ts";
import { ROOT, resolved, type Schema, schemaAt, structured } from "./schema.ts";
import validate from "./validate.generated.js";

/** A configuration cannot be used. The message has a line for each mistake. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface Mistake {
  /** JSON pointer (RFC 6901) to the value, or to the key that should not be there. */
  readonly pointer: string;
  readonly message: string;
}

type Finding = NonNullable<typeof validate.errors>[number];

/** Everything that is wrong; `name` says how messages call the value at a pointer. */
export function mistakesIn(config: unknown, name = (pointer: string): string => pointer || "/"): Mistake[] {
  if (validate(config)) return [];
  const found = withoutUnions(validate.errors ?? [], config);
  return found.map((finding) => mistake(finding, config, name));
}

/** Of a value that may be one of several, only what is wrong with the one that it looks like. */
function withoutUnions(found: readonly Finding[], config: unknown): readonly Finding[] {
  const unions = found.filter(({ keyword }) => keyword === "oneOf");
  return unions.reduce((rest, union) => {
    const { instancePath: at } = union;
    const isStructure = typeof valueAt(config, at) === "object";
    const inner = rest.filter((one) => isBelow(one, at) && isOfStructure(one, at));
    if (isStructure && inner.length > 0) return rest.filter((one) => !isBelow(one, at) || inner.includes(one));
    return rest.filter((one) => one === union || !isBelow(one, at));
  }, found);
}

function isBelow({ instancePath }: Finding, at: string): boolean {
  return instancePath === at || instancePath.startsWith(`${at}/`);
}

function isOfStructure({ instancePath, keyword }: Finding, at: string): boolean {
  return instancePath !== at || keyword === "additionalProperties" || keyword === "required";
}

function mistake({ instancePath, keyword, params }: Finding, config: unknown, name: Namer): Mistake {
  const schema = schemaAt(instancePath);
  if (keyword === "additionalProperties") {
    const key = String(params.additionalProperty);
    const [near] = nearest(key, Object.keys(structured(schema).properties ?? {}));
    const of = instancePath === "" ? "" : ` of \`${name(instancePath)}\``;
    const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
    return { pointer: `${instancePath}/${escaped(key)}`, message: `\`${key}\` is no setting${of}${hint}` };
  }
  const called = `\`${name(instancePath)}\``;
  if (keyword === "required") {
    return { pointer: instancePath, message: `${called} lacks \`${String(params.missingProperty)}\`` };
  }
  const given = shown(valueAt(config, instancePath), schema);
  return { pointer: instancePath, message: `${called} is ${given}: expected ${expectation(schema)}` };
}

type Namer = (pointer: string) => string;

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function valueAt(config: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<unknown>(
    (value, step) => (value as Readonly<Record<string, unknown>>)[step.replaceAll("~1", "/").replaceAll("~0", "~")],
    config,
  );
}

const SHOWN = 60;

/** What was given, where it can be no secret; else of which kind it is. */
function shown(value: unknown, schema: Schema): string {
  if (typeof value === "object") return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
  const isStructure = schema.type === "object" || schema.type === "array";
  if (typeof value === "string" && (schema.secret === true || isStructure)) return "a text";
  const text = JSON.stringify(value);
  return `\`${text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`}\``;
}

/** What a value of the schema has to be. */
export function expectation(schema: Schema): string {
  if (schema.expected !== undefined) return schema.expected;
  if (schema.enum !== undefined) return `one of ${schema.enum.map((each) => `\`${each}\``).join(", ")}`;
  switch (schema.type) {
    case "boolean":
      return "`true` or `false`";
    case "integer":
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case "number":
      return `a number from ${schema.minimum} to ${schema.maximum}`;
    case "string":
      return "a text that is not empty";
    case "array":
      return schema.items === undefined ? "a list" : `a list of ${plural(resolved(schema.items))}`;
    default:
      return schema === ROOT ? "an object of settings" : "an object";
  }
}

function plural(item: Schema): string {
  return item.type === "object" ? "objects" : "texts";
}
