/** The configuration's JSON Schema, as what reads configurations looks into it. */
import json from "./routec-config.schema.json" with { type: "json" };

/** As much of a JSON Schema as ours uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  /** What a value should have been, for messages, where the other words do not say it well. */
  readonly expected?: string;
  /** What was given is not repeated in messages. */
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

export const ROOT: Schema = json;
const DEFINITIONS: Readonly<Record<string, Schema>> = json.definitions;

/** A schema with what it refers to in it; its own words win. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  const definition = DEFINITIONS[$ref.slice("#/definitions/".length)];
  if (definition === undefined) throw new Error(`the schema refers to ${$ref}, which it does not define`);
  return { ...definition, ...own };
}

/** The schema of the value at a JSON pointer into a configuration, as it is written: a union is not decided. */
export function schemaAt(pointer: string): Schema {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<Schema>((at, step) => {
    const { properties, items } = structured(at);
    return resolved(properties?.[step] ?? items ?? {});
  }, ROOT);
}

/** Of a union the part that is an object or a list; any other schema as it is. */
export function structured(schema: Schema): Schema {
  const parts = (schema.oneOf ?? []).map(resolved);
  return parts.find(({ properties, items }) => (properties ?? items) !== undefined) ?? schema;
}

/** A setting that can be given by itself. */
export interface Setting {
  readonly path: readonly string[];
  /** The environment variable that gives it. */
  readonly variable: string;
  readonly schema: Schema;
}

/** Every setting, in the schema's order. */
export const SETTINGS: readonly Setting[] = settingsOf(ROOT, []);

function settingsOf(schema: Schema, path: readonly string[]): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (name === "$schema") return [];
    const own = resolved(property);
    const at = [...path, name];
    if (own.properties !== undefined && !isSecret(own)) return settingsOf(own, at);
    const setting = { path: at, variable: `ROUTEC_${at.join("_").toUpperCase()}`, schema: own };
    const parts = own.oneOf?.map(resolved).filter((part) => !isSecret(part)) ?? [];
    return [setting, ...parts.flatMap((part) => settingsOf(part, at))];
  });
}

function isSecret(schema: Schema): boolean {
  return schema.secret === true && schema.properties?.env !== undefined;
}

/** Whether a value may be `{ env }` or `{ file }`. */
export function takesSecret(schema: Schema): boolean {
  return isSecret(schema) || (schema.oneOf ?? []).some((part) => isSecret(resolved(part)));
}
