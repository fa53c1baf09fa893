/** Whether an answer fits the JSON Schema that its request asked for. */
import { createRequire } from "node:module";
import type { Ajv2020 } from "ajv/dist/2020.js";

/** UTF-16 code units of a schema; a larger one is not compiled. OpenAI takes no more than 120,000 for all names and members together. */
const LARGEST = 128_000;
/** Schemas that are kept compiled: an application sends the same few again and again. */
const KEPT = 100;

type Fits = (value: unknown) => boolean;

let ajv: Ajv2020 | undefined;
const compiled = new Map<string, Fits | undefined>();

/**
 * Whether `value` fits `schema` (JSON Schema 2020-12), undefined where that cannot be said: what came is no schema, is
 * too large, refers to another document, or never ends on this value. The schema is the client's, so regular expressions
 * in it (`pattern`, `patternProperties`) are not carried out, which can take exponential time, and formats are notes.
 */
export function fits(schema: unknown, value: unknown): boolean | undefined {
  const text = JSON.stringify(schema);
  if (text === undefined || text.length > LARGEST) return undefined;
  if (!compiled.has(text)) {
    const [oldest] = compiled.keys();
    if (compiled.size >= KEPT && oldest !== undefined) compiled.delete(oldest);
    compiled.set(text, compile(schema));
  }
  try {
    return compiled.get(text)?.(value);
  } catch {
    return undefined;
  }
}

function compile(schema: unknown): Fits | undefined {
  if (typeof schema !== "object" || schema === null) return typeof schema === "boolean" ? () => schema : undefined;
  try {
    const validate = validator().compile(schema);
    return (value) => validate(value) === true;
  } catch {
    return undefined;
  } finally {
    // Else it keeps every schema for good, and takes the second one of the same `$id` for a mistake.
    validator().removeSchema();
  }
}

/** Loaded when the first answer is checked: most policies have no such gate, and it takes longer to load than all else. */
function validator(): Ajv2020 {
  if (ajv !== undefined) return ajv;
  const { Ajv2020: Ajv } = createRequire(import.meta.url)("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  const matchesAll = Object.assign(() => ({ test: () => true }), { code: "() => ({ test: () => true })" });
  ajv = new Ajv({ strict: false, logger: false, validateFormats: false, code: { regExp: matchesAll } });
  ajv.removeKeyword("patternProperties");
  return ajv;
}
