/** The attributes of a request: one reader each, made once per policy. */
import type { Clock } from "../plan/index.ts";
import { CAPABILITIES } from "../plan/index.ts";
import {
  type Attribute,
  type DecisionTable,
  type DeclaredSource,
  expectation,
  type PolicyRoute,
  type Value,
  valueFromJson,
  zonedTime,
} from "../table/index.ts";
import type { RequestBody } from "./body.ts";
import { decidingText } from "./embeddings.ts";
import { RequestError } from "./errors.ts";
import { needBit } from "./facts.ts";
import { isNamed } from "./headers.ts";
import { valueFromText } from "./text-value.ts";

/** The endpoint at which a request came, as rules know it. */
export type AskedAt = "chat" | "messages" | "responses" | "embeddings";

/** Where attributes are read from. */
export interface AttributeInput {
  /** `chat` when not given. */
  readonly endpoint?: AskedAt;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** What the caller's key or token says of it; nothing where there is no authentication. */
  readonly claims: unknown;
  readonly body: RequestBody;
  readonly clock: Pick<Clock, "now">;
}

export interface AttributeReaders {
  /** Top-level members of the body that some reader looks into. */
  readonly watched: ReadonlySet<string>;
  /**
   * The values of a request by index into the table's attributes: of all that are declared, and of those built in that
   * the route tests; those of signals and state are not known yet. Throws `RequestError` (400) where one is missing or not of its type.
   */
  read(route: PolicyRoute, input: AttributeInput): (Value | undefined)[];
  /**
   * What is known of the caller alone, by the same index: of attributes from headers and claims the values that are
   * there and of their type. Throws `RequestError` (400) for a header that is given twice.
   */
  caller(input: CallerInput): (Value | undefined)[];
}

/** What is known of a request before its body is read. */
export type CallerInput = Pick<AttributeInput, "headers" | "claims">;

type Reader = (input: AttributeInput) => Value | undefined;
type CallerReader = (input: CallerInput) => Value;

const MISSING = "missing_attribute";
const INVALID = "invalid_attribute";

/** Characters of `prompt` and `system` that a rule sees: the first megabyte. */
const TEXT_LIMIT = 1_000_000;

export function attributeReaders({ attributes, zone }: Pick<DecisionTable, "attributes" | "zone">): AttributeReaders {
  const watched = new Set<string>();
  const readers = attributes.map((attribute) => readerOf(attribute, zone, watched));
  const declared = [...readers.keys()].filter((index) => isDeclared(attributes[index]));
  const callers = attributes.flatMap((attribute, index): [number, CallerReader][] =>
    attribute.source.from === "header" || attribute.source.from === "claim"
      ? [[index, callerReader(attribute, attribute.source)]]
      : [],
  );
  return {
    watched,
    read(route, input) {
      const values = new Array<Value | undefined>(readers.length);
      for (const index of declared) values[index] = readers[index]?.(input);
      for (const index of route.tests) values[index] ??= readers[index]?.(input);
      return values;
    },
    caller(input) {
      const values = new Array<Value | undefined>(readers.length);
      for (const [index, read] of callers) values[index] = knownOrNot(read, input);
      return values;
    },
  };
}

/** What every request says, whether or not a rule tests it. */
function isDeclared(attribute: Attribute | undefined): boolean {
  return attribute !== undefined && !["builtin", "signal", "state"].includes(attribute.source.from);
}

function readerOf(attribute: Attribute, zone: string, watched: Set<string>): Reader {
  const { source, type } = attribute;
  switch (source.from) {
    case "builtin":
      if (attribute.name === "prompt" || attribute.name === "system") watched.add("messages").add("input");
      return builtIn(attribute.name, zone);
    case "signal":
    case "state":
      return () => undefined;
    case "header":
    case "claim":
      return callerReader(attribute, source);
    case "metadata": {
      watched.add("metadata");
      const where = `metadata \`${source.at}\``;
      return ({ body }) => {
        const given = memberOf(body.member("metadata"), source.at);
        if (given === undefined) return absent(attribute, where);
        const value = typeof given === "string" ? valueFromText(type, given) : undefined;
        return valid(attribute, value, given, where);
      };
    }
    case "body": {
      const [first = "", ...rest] = pointer(source.at);
      watched.add(first);
      const where = `\`${source.at}\` of the body`;
      return ({ body }) => {
        const given = rest.reduce(memberOf, body.member(first));
        if (given === undefined) return absent(attribute, where);
        return valid(attribute, valueFromJson(type, given), given, where);
      };
    }
  }
}

/** Of what is known of a request before its body. */
function callerReader(attribute: Attribute, { from, at }: DeclaredSource): CallerReader {
  const { type } = attribute;
  const where = `${from} \`${at}\``;
  if (from === "header") {
    return ({ headers }) => {
      const text = headerValue(headers, at);
      return text === undefined ? absent(attribute, where) : valid(attribute, valueFromText(type, text), text, where);
    };
  }
  const path = at.startsWith("/") ? pointer(at) : [at];
  return ({ claims }) => {
    const given = path.reduce(memberOf, claims);
    if (given === undefined) return absent(attribute, where);
    return valid(attribute, valueFromJson(type, given), given, where);
  };
}

/** The value that a reader finds, or undefined where it is missing or not of its type. */
function knownOrNot(read: CallerReader, input: CallerInput): Value | undefined {
  try {
    return read(input);
  } catch (error) {
    if (error instanceof RequestError && (error.code === MISSING || error.code === INVALID)) return undefined;
    throw error;
  }
}

function absent(attribute: Attribute, where: string): Value {
  if (attribute.default !== undefined) return attribute.default;
  throw new RequestError(
    400,
    `attribute \`${attribute.name}\` is missing: expected ${expectation(attribute.type)} in ${where}`,
    attribute.name,
    MISSING,
  );
}

function valid(attribute: Attribute, value: Value | undefined, given: unknown, where: string): Value {
  if (value !== undefined) return value;
  const text = typeof given === "string" ? given : JSON.stringify(given);
  const came = text.length <= 80 ? text : `${text.slice(0, 80)}…`;
  throw new RequestError(
    400,
    `attribute \`${attribute.name}\` is \`${came}\`: expected ${expectation(attribute.type)} in ${where}`,
    attribute.name,
    INVALID,
  );
}

/** The value of the header with that lower-case name, or undefined. Two of them are the client's mistake. */
function headerValue(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    if (!isNamed(headers[index] as string, name)) continue;
    if (found !== undefined) throw new RequestError(400, `header \`${name}\` is given more than once`, name);
    found = headers[index + 1];
  }
  return found === undefined ? undefined : decoded(found);
}

/** Header values arrive as Latin-1; what is UTF-8 in truth is read as such. */
function decoded(value: string): string {
  if (isAscii(value)) return value;
  const text = Buffer.from(value, "latin1").toString();
  return text.includes("\ufffd") ? value : text;
}

/** Such a value is short: to look at it is faster than to set up a pattern's test. */
function isAscii(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** The steps of a JSON pointer (RFC 6901). */
function pointer(text: string): readonly string[] {
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function builtIn(name: string, zone: string): Reader {
  const capability = CAPABILITIES.find((candidate) => name === `needs.${candidate}`);
  if (capability !== undefined) {
    const bit = needBit(capability);
    return ({ body }) => (body.facts.needs & bit) !== 0;
  }
  switch (name) {
    case "model":
      return ({ body }) => body.facts.model;
    case "endpoint":
      return ({ endpoint = "chat" }) => endpoint;
    case "stream":
      return ({ body }) => body.facts.stream;
    case "prompt_tokens":
      return ({ body }) => body.facts.promptTokens;
    case "max_tokens":
      return ({ body }) => body.facts.maxTokens ?? Number.MAX_SAFE_INTEGER;
    case "turns":
      return ({ body }) => body.facts.turns;
    case "prompt":
      return ({ body, endpoint }) =>
        endpoint === "embeddings" ? decidingText(body.member("input")).slice(0, TEXT_LIMIT) : textOf(body, ["user"]);
    case "system":
      return ({ body }) => textOf(body, ["system", "developer"]);
    case "time.hour": {
      const timeIn = zonedTime(zone);
      return ({ clock }) => timeIn(clock.now()).hour;
    }
    case "time.weekday": {
      const timeIn = zonedTime(zone);
      return ({ clock }) => timeIn(clock.now()).weekday;
    }
    default:
      throw new Error(`the table tests the built-in attribute \`${name}\`, which this runtime does not know`);
  }
}

/** The text parts of all messages of these roles, joined by newlines. */
function textOf(body: RequestBody, roles: readonly string[]): string {
  const messages = body.member("messages");
  const texts = (Array.isArray(messages) ? messages : [])
    .filter((message) => roles.includes(String(memberOf(message, "role"))))
    .flatMap((message) => {
      const content = memberOf(message, "content");
      return Array.isArray(content) ? content.map((part) => memberOf(part, "text")) : [content];
    });
  return texts
    .filter((text) => typeof text === "string")
    .join("\n")
    .slice(0, TEXT_LIMIT);
}
