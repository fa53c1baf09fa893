/** Recorded answers, OpenAI's schemas, and streams fed in pieces. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { StreamTranslator } from "../../../runtime/dialects/index.ts";
import { member } from "../../../runtime/plan/json.ts";

const DATA = new URL("../../../../shared/data/", import.meta.url);
const CHAT_SCHEMA = new URL("openai-schema/openai-chat-embeddings-models.schema.json", DATA);
const RESPONSES_SCHEMA = new URL("openai-schema/openai-responses.schema.json", DATA);
const WIRE = new URL("wire/", DATA);

export const hasData = existsSync(WIRE) && existsSync(CHAT_SCHEMA);

/** The name of a suite that needs the shared data, with a word where it is skipped. */
export const withData = (name: string): string =>
  hasData ? name : `${name} (skipped: the shared test data is absent)`;

/** Files below a folder of the recordings: `.json` are whole answers, `.chunks.txt` streams, one event a line. */
export function recordings(folder: string, end: ".json" | ".chunks.txt"): string[] {
  if (!hasData) return [];
  const files = readdirSync(WIRE, { recursive: true, encoding: "utf8" }).sort();
  return files.filter((file) => file.startsWith(folder) && file.endsWith(end));
}

export function recorded(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, WIRE), "utf8"));
}

export function recordedEvents(file: string): string[] {
  return readFileSync(new URL(file, WIRE), "utf8").trim().split("\n");
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

const schemas = new Map<URL, string>();

function validator(file: URL, name: string): ValidateFunction {
  if (!schemas.has(file)) {
    const schema = JSON.parse(readFileSync(file, "utf8"));
    ajv.addSchema(schema);
    schemas.set(file, schema.$id);
  }
  const validate = ajv.getSchema(`${schemas.get(file)}#/$defs/${name}`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate;
}

const EXTENSIONS = ["reasoning_content", "thinking_blocks"];

/** What OpenAI's schema says of chats; beyond it only our own extensions. */
export function conforms(name: string, value: unknown): void {
  const validate = validator(CHAT_SCHEMA, name);
  expect(validate(value), `${JSON.stringify(validate.errors)} of ${JSON.stringify(value)}`).toBe(true);
  const { properties } = validator(CHAT_SCHEMA, name).schema as { properties: object };
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(value as object)));
}

/** What a message, or a delta, of ours has that OpenAI's schema does not know. */
export function strangers(name: string, value: unknown): string[] {
  const { properties } = validator(CHAT_SCHEMA, name).schema as { properties: object };
  return Object.keys(value as object).filter(
    (key) => !(key in properties) && !EXTENSIONS.includes(key) && key !== "annotations",
  );
}

export function conformsToResponses(name: string, value: unknown): void {
  const validate = validator(RESPONSES_SCHEMA, name);
  expect(validate(value), `${JSON.stringify(validate.errors)} of ${JSON.stringify(value)}`).toBe(true);
}

/** Events as a provider sends them. */
export function sse(events: readonly string[], named = true): Buffer {
  const lines = events.map((data) => {
    const type = named ? member(JSON.parse(data), "type") : undefined;
    return `${type === undefined ? "" : `event: ${type}\n`}data: ${data}\n\n`;
  });
  return Buffer.from(lines.join(""));
}

/** All that comes out of one stream: `pieces` are its bytes. */
export function fed(translator: StreamTranslator, ...pieces: readonly Buffer[]): string {
  return pieces.map((piece) => translator.push(piece)).join("") + translator.end();
}

/** The data of all events of a stream of ours, but for `[DONE]`; comments left out. */
export function eventsIn(stream: string): unknown[] {
  const blocks = stream.split("\n\n").filter((block) => block !== "" && !block.startsWith(":"));
  const data = blocks.map((block) => block.slice(block.indexOf("data: ") + "data: ".length));
  return data.filter((each) => each !== "[DONE]").map((each) => JSON.parse(each));
}

interface AnyChunk {
  readonly id: string;
  readonly model: string;
  readonly usage?: object | null;
  readonly choices: readonly {
    readonly delta: Record<string, unknown>;
    readonly finish_reason: string | null;
  }[];
}

/** What a client makes of the chunks of a chat completion: the message as if it had come whole. */
export function gathered(stream: string): Record<string, unknown> {
  const message: Record<string, unknown> = { content: "", reasoning_content: "", refusal: "" };
  const calls: { id: string; name: string; arguments: string }[] = [];
  const rest: Record<string, unknown> = {};
  for (const { id, model, usage, choices } of eventsIn(stream) as AnyChunk[]) {
    Object.assign(rest, { id, model }, usage && { usage });
    for (const { delta, finish_reason } of choices) {
      if (finish_reason !== null) rest.finish = finish_reason;
      for (const [name, value] of Object.entries(delta)) {
        if (name === "tool_calls") for (const piece of value as never[]) addCall(calls, piece);
        else if (Array.isArray(value)) message[name] = [...((message[name] as unknown[] | undefined) ?? []), ...value];
        else if (value !== null && name in message) message[name] += String(value);
      }
    }
  }
  return { ...message, ...rest, calls };
}

interface CallPiece {
  readonly index: number;
  readonly id?: string;
  readonly function: { readonly name?: string; readonly arguments?: string };
}

function addCall(calls: { id: string; name: string; arguments: string }[], piece: CallPiece): void {
  calls[piece.index] ??= { id: piece.id ?? "", name: piece.function.name ?? "", arguments: "" };
  const call = calls[piece.index];
  if (call !== undefined) call.arguments += piece.function.arguments ?? "";
}

/** The same of a whole chat completion. */
export function told(completion: unknown): Record<string, unknown> {
  const { id, model, usage, choices } = completion as {
    id: string;
    model: string;
    usage: object;
    choices: { message: Record<string, unknown>; finish_reason: string }[];
  };
  const { role: _role, tool_calls, ...message } = choices[0]?.message ?? {};
  const calls = ((tool_calls as { id: string; function: object }[] | undefined) ?? []).map((call) => ({
    id: call.id,
    ...call.function,
  }));
  return {
    reasoning_content: "",
    ...message,
    content: message.content ?? "",
    refusal: message.refusal ?? "",
    id,
    model,
    usage,
    finish: choices[0]?.finish_reason,
    calls,
  };
}

/** `T` as the SDKs write their types: nothing in it is read-only. */
export type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
