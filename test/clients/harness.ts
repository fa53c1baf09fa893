/** One routec in front of one mock provider of each dialect, with a route to each. */
import { afterAll, beforeAll } from "vitest";
import { createProxy, load } from "../../runtime/index.ts";
import { tableOf as compiled } from "../compiler/support.ts";
import { DIALECT_MOCKS, KEY } from "../support/dialect-mocks.ts";

/** The dialects that answers come from. A further one is a line in `DIALECT_MOCKS`. */
export const OUTBOUND = Object.keys(DIALECT_MOCKS) as readonly (keyof typeof DIALECT_MOCKS)[];

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
    const mocks = await Promise.all(OUTBOUND.map(async (name) => ({ name, ...(await DIALECT_MOCKS[name]()) })));
    const blocks = mocks.map(
      ({ name, block }) => `
        provider p_${name} { ${block} }
        model m_${name} = p_${name} "${name === "anthropic" ? "claude-sonnet-4-5" : "gpt-5.1"}" {
          context 200k  output 8k  can [tools, vision, json, reasoning]  price { input $1, output $2 }
        }
        route "${name}" -> m_${name}`,
    );
    const vectors = EMBEDDING.map(
      (name) => `
        model v_${name} = p_${name} "text-embedding-3-small" {
          context 8k  output 1  can [embeddings]  price { input $1, output $0 }
        }
        route "${name}-vectors" -> v_${name}`,
    );
    const proxy = await createProxy(load(compiled([...blocks, ...vectors].join("\n"))), { env: { KEY } });
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
