/** What a simulated provider makes of a request, in no dialect yet. */
import { hash } from "node:crypto";
import { entries, member, text } from "../../plan/json.ts";
import type { Simulated, SimulatedAnswer } from "../../table/index.ts";

/** What a request asks for. */
export interface Heard {
  /** The last thing that the user said. */
  readonly question: string;
  /** It is not the last thing that was said: tools were called, and have answered. */
  readonly goesOn: boolean;
  readonly promptTokens: number;
  /** The most tokens that may be answered; undefined where it states none. */
  readonly mostTokens: number | undefined;
  /** How many alternatives of each token are asked for; undefined where no log-probabilities are. */
  readonly logprobs?: number | undefined;
  /** Whether a stream is to say what it took. */
  readonly includeUsage?: boolean;
}

export type Finish = "stop" | "length" | "tools" | "filtered" | "refused";

/** A tool that is called. */
export interface ToolCall {
  /** Hexadecimal. */
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An answer. */
export interface Said {
  /** The same for the same request; hexadecimal. */
  readonly id: string;
  readonly model: string;
  readonly heard: Heard;
  /** Together they are the text; each but the first has its white space before it. */
  readonly words: readonly string[];
  readonly calls: readonly ToolCall[];
  readonly finish: Finish;
  readonly tokens: number;
  /** The probability of each word. */
  readonly confidence: readonly number[];
}

/** What a refusal says where its dialect has a place for it. */
export const DECLINED = "I can't help with that (simulated).";

/** What counts as created at: fixed, so that answers can be compared. In seconds since the epoch. */
export const CREATED = 1_767_225_600;

/** Of the last user message this much is echoed, in characters. */
const ECHO_LENGTH = 60;

/** The usual rule of thumb: four characters a token. */
export const TOKEN_LENGTH = 4;

export function tokens(said: string): number {
  return Math.ceil(said.length / TOKEN_LENGTH);
}

/** The answer of `model` to a request with these bytes. */
export function saidTo(
  heard: Heard,
  model: string,
  body: Buffer,
  answers: Simulated["answers"],
  end: "stop" | "filtered" | "refused",
): Said {
  const id = hash("sha256", body);
  const speaks = end === "stop";
  const known = speaks ? answers?.find((answer) => fits(answer, heard, model)) : undefined;
  const echo = (): string => `${model} (simulated) heard: ${excerpt(heard.question)}`;
  const whole = !speaks ? "" : known === undefined ? echo() : (known.answer ?? "");
  const most = (heard.mostTokens ?? Number.POSITIVE_INFINITY) * TOKEN_LENGTH;
  const isCut = whole.length > most;
  // Not between the two halves of a character.
  const words = wordsOf(isCut ? whole.slice(0, most).replace(/[\ud800-\udbff]$/, "") : whole);
  const calls = (isCut ? [] : (known?.calls ?? [])).map(({ name, arguments: input = {} }, at) => {
    return { id: hash("sha256", `${id} ${at}`).slice(0, 24), name, input };
  });
  return {
    id,
    model,
    heard,
    words,
    calls,
    finish: isCut ? "length" : calls.length > 0 ? "tools" : end,
    tokens: tokens(words.join("") + calls.map(({ name, input }) => name + JSON.stringify(input)).join("")),
    confidence: words.map((_, at) => known?.confidence ?? confidenceAt(id, at)),
  };
}

function fits(answer: SimulatedAnswer, { question, goesOn }: Heard, model: string): boolean {
  const { prompt, contains, calls } = answer;
  return (
    // What has been called is not called again.
    (calls === undefined || !goesOn) &&
    (answer.model === undefined || answer.model === model) &&
    (prompt === undefined || prompt.trim() === question.trim()) &&
    (contains === undefined || question.toLowerCase().includes(contains.toLowerCase()))
  );
}

/** How sure it is of a word, drawn from the request and the word's place: between a third and all of the probability. */
function confidenceAt(id: string, at: number): number {
  const share = Number.parseInt(hash("sha256", `${id}${at}`).slice(0, 8), 16) / 2 ** 32;
  return 1 - share * (2 / 3);
}

/** Words, and parts of those that are long: of what has no spaces. */
function wordsOf(said: string): readonly string[] {
  return said.match(/\s*\S{1,20}(?:\s+$)?/gu) ?? [];
}

function excerpt(question: string): string {
  const line = question.replaceAll(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= ECHO_LENGTH ? line : `${characters.slice(0, ECHO_LENGTH - 1).join("")}…`;
}

/** Turns of a conversation as most dialects have them: a role, and a text or parts of which some have one. */
export function heardIn(turns: unknown, mostTokens: unknown, system?: unknown): Heard {
  const said = entries(turns).map((turn) => ({ role: member(turn, "role"), text: textOf(turn) }));
  const before = [textOf({ content: system })].filter((each) => each !== "");
  // In some dialects what tools answer is the user's to say.
  const isQuestion = ({ role, text }: (typeof said)[number]): boolean => role === "user" && text !== "";
  const at = said.findLastIndex(isQuestion);
  return {
    question: said[at]?.text ?? "",
    goesOn: at !== said.length - 1,
    promptTokens: [...before, ...said.map((turn) => turn.text)].reduce((sum, each) => sum + tokens(each) + 4, 3),
    mostTokens: typeof mostTokens === "number" && mostTokens > 0 ? mostTokens : undefined,
  };
}

function textOf(turn: unknown): string {
  const content = member(turn, "content") ?? member(turn, "parts");
  if (typeof content === "string") return content;
  return entries(content)
    .flatMap((part) => text(member(part, "text")) || [])
    .join(" ");
}
