/** What a whole answer of the chat dialect says, streamed or not: what gates and judges see of it. */
import { entries, member, parse, text } from "./json.ts";
import { eventsOf } from "./stream-events.ts";
import { usageOfAnswer, usageOfStream } from "./usage.ts";

/** How an answer ended, in the language's words. */
export type Finish = "stop" | "length" | "tools" | "filtered";

export interface Answer {
  /** What the model said; of several choices one below the other. */
  readonly text: string;
  /** Each choice's text by itself. */
  readonly texts: readonly string[];
  /** Whether some choice is a refusal. */
  readonly refused: boolean;
  /** Undefined where a provider gave a reason that is none of these; of several choices the first that did not just stop. */
  readonly finish: Finish | undefined;
  /** The geometric mean of the tokens' probabilities, 0 to 1; undefined where the provider gave none. */
  readonly confidence: number | undefined;
  /** Undefined where the provider reported no usage. */
  readonly outputTokens: number | undefined;
}

/** Reads `body`, an answer that came whole or, with `stream`, all events of one that was streamed. */
export function readAnswer(body: Buffer, stream: boolean): Answer {
  const choices = stream ? streamedChoices(body) : entries(member(parse(body.toString()), "choices")).map(choiceOf);
  const texts = choices.map((choice) => choice.text);
  const finishes = choices.map(({ finish }) => finish);
  const logprobs = choices.flatMap((choice) => choice.logprobs);
  const mean = logprobs.reduce((sum, each) => sum + each, 0) / logprobs.length;
  return {
    text: texts.join("\n"),
    texts,
    refused: choices.some(({ refused }) => refused),
    finish: finishes.find((finish) => finish !== "stop") ?? finishes[0],
    confidence: logprobs.length === 0 ? undefined : Math.exp(mean),
    outputTokens: (stream ? usageOfStream(body) : usageOfAnswer(body))?.completion,
  };
}

interface Choice {
  text: string;
  refused: boolean;
  finish: Finish | undefined;
  readonly logprobs: number[];
}

function choiceOf(value: unknown): Choice {
  const choice: Choice = { text: "", refused: false, finish: undefined, logprobs: [] };
  add(choice, value, "message");
  return choice;
}

function streamedChoices(body: Buffer): Choice[] {
  const choices = new Map<unknown, Choice>();
  for (const { data } of eventsOf(body)) {
    for (const part of entries(member(parse(data), "choices"))) {
      const index = member(part, "index") ?? 0;
      const choice = choices.get(index) ?? choiceOf(undefined);
      choices.set(index, choice);
      add(choice, part, "delta");
    }
  }
  return [...choices.values()];
}

function add(choice: Choice, part: unknown, said: "message" | "delta"): void {
  const message = member(part, said);
  choice.text += textOf(member(message, "content"));
  if (text(member(message, "refusal")) !== "") choice.refused = true;
  choice.finish = FINISHES[text(member(part, "finish_reason"))] ?? choice.finish;
  for (const token of entries(member(member(part, "logprobs"), "content"))) {
    const logprob = member(token, "logprob");
    if (typeof logprob === "number") choice.logprobs.push(logprob);
  }
}

/** Mistral gives a list of parts where it reasons; only the parts of type `text` are the answer. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return entries(content)
    .map((part) => text(member(part, "text")))
    .join("");
}

const FINISHES: Readonly<Record<string, Finish>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tools",
  function_call: "tools",
  content_filter: "filtered",
};
