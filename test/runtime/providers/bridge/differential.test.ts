/**
 * Our own adapters against the AI SDK's, on the same recorded answers. Every difference stands in the golden file;
 * docs/dialects.md explains each kind of them.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quirksAt } from "../../../../compiler/catalog/index.ts";
import { member } from "../../../../runtime/plan/json.ts";
import type { Provider } from "../../../../runtime/table/index.ts";
import { answersWith, type Behaviour } from "../../../support/fake-provider.ts";
import {
  eventsIn,
  gathered,
  hasData,
  recorded,
  recordedEvents,
  recordings,
  sse,
  told,
  withData,
} from "../../dialects/harness.ts";
import { type Bridged, bridged } from "./harness.ts";

/** Folders of recordings, our way to who answered, and the AI SDK's. */
const SIDES: readonly { readonly folder: RegExp; readonly own: Partial<Provider>; readonly named: string }[] = [
  { folder: /^anthropic\/[^/]*$/, own: { protocol: "anthropic" }, named: "@ai-sdk/anthropic" },
  {
    folder: /^(openai\/chat|openai-compatible|xai\/[^/]*$|alibaba)/,
    own: { protocol: "openai" },
    named: "@ai-sdk/openai-compatible",
  },
  {
    folder: /^(groq|deepseek)/,
    own: { protocol: "openai", quirks: quirksAt("https://api.groq.com") ?? {} },
    named: "@ai-sdk/openai-compatible",
  },
  {
    folder: /^mistral/,
    own: { protocol: "openai", quirks: quirksAt("https://api.mistral.ai") ?? {} },
    named: "@ai-sdk/mistral",
  },
];

const sides: { own: Bridged; theirs: Bridged }[] = [];
beforeAll(async () => {
  for (const { own, named } of SIDES) {
    sides.push({
      own: await bridged("gemini", own),
      theirs: await bridged("gemini", { protocol: "ai_sdk", package: named }),
    });
  }
});
afterAll(async () => {
  await Promise.all(sides.flatMap(({ own, theirs }) => [own.close(), theirs.close()]));
});

type Message = Record<string, unknown>;

async function heard(side: Bridged, behaviour: Behaviour, stream: boolean): Promise<Message> {
  side.fake.script(behaviour);
  const request = { tools: [], stream, ...(stream && { stream_options: { include_usage: true } }) };
  const { text, told: lines } = await side.ask(request, { stream });
  if (text() === "") return { failed: lines.at(-1) };
  const broken = stream ? eventsIn(text()).find((event) => member(event, "error") !== undefined) : undefined;
  if (broken !== undefined) return { failed: member(member(broken, "error"), "message") };
  return comparable(stream ? gathered(text()) : told(JSON.parse(text())));
}

/** What is compared, each in one form. */
function comparable({ content, reasoning_content, refusal, calls, finish, usage, annotations }: Message): Message {
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = (usage ??
    {}) as Message;
  const { cached_tokens = 0, cache_write_tokens = 0 } = (prompt_tokens_details ?? {}) as Message;
  return {
    content: content ?? "",
    reasoning: reasoning_content ?? "",
    refusal: refusal ?? "",
    calls: (calls as { id: string; name: string; arguments: string }[]).map(
      (each) => `${each.name}(${each.arguments})`,
    ),
    finish,
    pages: ((annotations as unknown[] | undefined) ?? []).length,
    prompt: prompt_tokens,
    completion: completion_tokens,
    cached: cached_tokens,
    written: cache_write_tokens,
    thought: ((completion_tokens_details ?? {}) as Message).reasoning_tokens ?? 0,
  };
}

const short = (value: unknown): string => {
  const written = JSON.stringify(value) ?? "nothing";
  return written.length <= 60 ? written : `${written.slice(0, 40)}… (${written.length})`;
};

describe.skipIf(!hasData)(withData("our adapters and the AI SDK's"), () => {
  test("differ in nothing but what is explained", async () => {
    const lines: string[] = [];
    let compared = 0;
    for (const [at, { folder }] of SIDES.entries()) {
      const side = sides[at];
      if (side === undefined) throw new Error("it was not opened");
      const files = [".json", ".chunks.txt"].flatMap((end) =>
        recordings("", end as ".json").filter((file) => folder.test(file)),
      );
      for (const file of files) {
        const stream = file.endsWith(".chunks.txt");
        const events = stream ? recordedEvents(file) : [];
        const isAnthropic = folder.source.includes("anthropic");
        const behaviour: Behaviour = stream
          ? (_request, response) => {
              response.setHeader("content-type", "text/event-stream");
              response.end(
                Buffer.concat([sse(events, isAnthropic), Buffer.from(isAnthropic ? "" : "data: [DONE]\n\n")]),
              );
            }
          : answersWith(200, recorded(file));
        const [own, theirs] = [await heard(side.own, behaviour, stream), await heard(side.theirs, behaviour, stream)];
        compared++;
        for (const name of new Set([...Object.keys(own), ...Object.keys(theirs)]))
          if (JSON.stringify(own[name]) !== JSON.stringify(theirs[name]))
            lines.push(`${file}: ${name} ${short(own[name])}, theirs ${short(theirs[name])}`);
      }
    }
    expect(compared).toBeGreaterThan(40);
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL("golden/differences.golden.txt", import.meta.url)),
    );
  });
});
