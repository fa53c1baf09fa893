/** One routec in front of one mock provider of each dialect, with a route to each. */
import { afterAll, beforeAll } from "vitest";
import { createProxy } from "../../runtime/proxy/index.ts";
import { DIALECT_MOCKS } from "../support/dialect-mocks.ts";
import { call, model, policy } from "../support/table.ts";

/** The dialects that answers come from. A further one is a line in `DIALECT_MOCKS`. */
export const OUTBOUND = Object.keys(DIALECT_MOCKS) as readonly (keyof typeof DIALECT_MOCKS)[];

/** What a provider calls its model, where it goes by the name what that can do. */
const UPSTREAM: Readonly<Record<string, string>> = {
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-3-pro-preview",
  cohere: "command-a-03-2025",
};

/** Tokens of the prompt that were cached, as far as it is told: the AI SDK's package for Cohere does not tell it. */
export const cachedOver = (name: string): number => (name === "cohere" ? 0 : 10);

/** Those that have embeddings. */
export const EMBEDDING = ["openai", "azure"] as const;

export interface Upstreams {
  /** Such as `http://127.0.0.1:1234`. The route to a dialect is called as it is, that to its embeddings `openai-vectors`. */
  readonly url: string;
}

/** Serves all of it for the tests of a file. */
export function serveAll(): Upstreams {
  const served = { url: "" };
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const mocks = await Promise.all(OUTBOUND.map((name) => DIALECT_MOCKS[name]()));
    const answering = mocks.map(({ provider }) =>
      model(provider.name, provider.name, { upstream: UPSTREAM[provider.name] ?? "gpt-5.1" }),
    );
    const embedding = EMBEDDING.map((name) => model(`${name}-vectors`, name, { can: ["embeddings"] }));
    const models = [...answering, ...embedding];
    const routes = models.map(({ name }) => ({ names: [name], rules: [call(name)] }));
    const everything = policy({ providers: mocks.map(({ provider }) => provider), models, routes });
    const proxy = await createProxy(everything, { env: {} });
    const { port } = await proxy.listen({ port: 0 });
    served.url = `http://127.0.0.1:${port}`;
    closing.push(() => proxy.close(), ...mocks.map(({ close }) => close));
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });
  return served;
}

export const QUESTION = "What is the weather in Zürich?";

/** The parameters of the one tool. */
export const PARAMETERS = {
  type: "object" as const,
  properties: { city: { type: "string" as const }, days: { type: "integer" as const } },
  required: ["city", "days"],
  additionalProperties: false,
};

/** The schema that `FILLED` fits. */
export const SCHEMA = {
  type: "object" as const,
  properties: { answer: { type: "integer" as const }, sure: { type: "boolean" as const } },
  required: ["answer", "sure"],
  additionalProperties: false,
};
