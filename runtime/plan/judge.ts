/** Asking a model how good another one's answer is. */
import { type Answer, textOf } from "./answer.ts";
import type { LinkedJudge } from "./gate.ts";
import { entries, member, text } from "./json.ts";
import type { Overrides, PlanRequest } from "./request.ts";

/** Tokens that a request counts beside its text, and each of its messages. */
export const REQUEST_OVERHEAD = 64;
export const MESSAGE_OVERHEAD = 8;

/** The request to a judge: its prompt, and below it what the user asked last and what was answered. */
export function judgeRequest({ prompt }: LinkedJudge, asked: PlanRequest, answer: Answer): PlanRequest {
  const question = lastUserText(asked.json?.());
  const messages = [
    { role: "system", content: prompt },
    { role: "user", content: `<request>\n${question}\n</request>\n<answer>\n${answer.text}\n</answer>` },
  ];
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + MESSAGE_OVERHEAD, 0);
  return {
    bodyFor: (upstream, overrides) =>
      Buffer.from(JSON.stringify({ model: upstream, messages, ...parametersOf(overrides) })),
    stream: false,
    needs: 0,
    promptTokens: Math.ceil((bytes + REQUEST_OVERHEAD) / 4),
    maxTokens: undefined,
    headers: [],
    // Whoever asked pays for the judge, too.
    attribute: (index) => asked.attribute?.(index),
  };
}

/** The first number in what a judge said; undefined where there is none from 0 to 1. */
export function scoreOf(said: Answer): number | undefined {
  const [number] = /-?(?:\d+(?:\.\d+)?|\.\d+)/.exec(said.text) ?? [];
  const score = number === undefined ? Number.NaN : Number(number);
  return score >= 0 && score <= 1 ? score : undefined;
}

function lastUserText(request: unknown): string {
  const message = entries(member(request, "messages")).findLast((each) => text(member(each, "role")) === "user");
  return textOf(member(message, "content"));
}

export function parametersOf(overrides: Overrides | undefined): object {
  if (overrides === undefined) return {};
  const { maxTokens, capMember, temperature, reasoningEffort } = overrides;
  return { [capMember]: maxTokens, temperature, reasoning_effort: reasoningEffort };
}
