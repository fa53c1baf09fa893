/** Every provider of the catalog, as `provider x { like "id" }` and a key: what it is sent, or why it is refused. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preset, presetIds } from "../../../compiler/catalog/index.ts";
import { compile } from "../../../compiler/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import type { DecisionTable, Provider } from "../../../runtime/table/index.ts";
import {
  type ArrivedRequest,
  answers,
  answersWith,
  type Behaviour,
  type FakeProvider,
  fakeProvider,
} from "../../support/fake-provider.ts";
import { chatRequest, converse } from "./harness.ts";

let fake: FakeProvider;
let folder: string;
beforeAll(async () => {
  fake = await fakeProvider();
  folder = mkdtempSync(join(tmpdir(), "routec-presets-"));
  writeFileSync(join(folder, "subject"), "s");
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

const policy = (id: string, more: string): string => `
provider x { like "${id}" ${more} }
model m = x "some/model-1" { context 8k output 1k price free }
route chat -> m
`;

interface Compiled {
  readonly table?: DecisionTable;
  readonly refused?: string;
}

function compiled(id: string, more = ""): Compiled {
  const { table, diagnostics } = compile({ text: policy(id, more), path: "main.route" });
  const [error] = diagnostics.filter(({ severity }) => severity === "error");
  if (error !== undefined) return { refused: `${error.message}; ${error.help ?? ""}` };
  return table === undefined ? {} : { table };
}

/** What a refused provider is to be told, by the field that it is refused for. */
const MORE: Readonly<Record<string, string>> = {
  url: 'url "https://mine.example/v1"',
  region: 'region "eu-west1"',
  project: 'project "p"',
  credentials: 'credentials env "CREDENTIALS"',
};

const stated = (fields: readonly string[]): string => fields.map((field) => MORE[field]).join(" ");

const ANSWERS: Partial<Record<Provider["protocol"], Behaviour>> = {
  anthropic: answersWith(200, {
    id: "x",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "Hello there." }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
  gemini: answersWith(200, {
    candidates: [{ content: { role: "model", parts: [{ text: "Hello there." }] }, finishReason: "STOP" }],
  }),
  bedrock: answersWith(200, {
    output: { message: { role: "assistant", content: [{ text: "Hello there." }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  }),
  cohere: answersWith(200, {
    message: { role: "assistant", content: [{ type: "text", text: "Hello there." }] },
    finish_reason: "COMPLETE",
    usage: { tokens: { input_tokens: 1, output_tokens: 1 } },
  }),
};

/** Answers Google's token exchange, and then as the dialect does. */
const answerOf = ({ protocol, package: named }: Provider): Behaviour => {
  const isGoogle = protocol === "vertex" || named?.startsWith("@ai-sdk/google-vertex") === true;
  const own = named?.endsWith("/anthropic") ? "anthropic" : protocol === "vertex" ? "gemini" : protocol;
  return (request, response, socket) => {
    const token = { access_token: "k", issued_token_type: "x", token_type: "Bearer", expires_in: 3600 };
    const behaviour = isGoogle && request.path === "/token" ? answersWith(200, token) : (ANSWERS[own] ?? answers());
    behaviour(request, response, socket);
  };
};

/** The same provider with the fake in its place, at the same path. */
function moved(table: DecisionTable): DecisionTable {
  const [provider] = table.providers;
  if (provider === undefined) throw new Error("no provider");
  const { origin } = new URL(fake.url);
  const path = typeof provider.url === "string" ? new URL(provider.url).pathname.replace(/\/$/, "") : "";
  return { ...table, providers: [{ ...provider, url: `${origin}${path}` }] };
}

async function reached(table: DecisionTable): Promise<string> {
  const { providers, models } = moved(table);
  const [[provider], [model]] = [providers, models];
  if (provider === undefined || model === undefined) throw new Error("no model");
  const credentials = JSON.stringify({
    type: "external_account",
    audience: "//iam.googleapis.com/a",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${new URL(fake.url).origin}/token`,
    credential_source: { file: join(folder, "subject") },
  });
  const names = (provider.keys ?? []).map((key) => (typeof key === "string" ? key : key.env));
  const env = { CREDENTIALS: credentials, ...Object.fromEntries(names.map((name) => [name, "k"])) };
  fake.always(answerOf(provider));
  let transport: Awaited<ReturnType<typeof createTransport>>;
  try {
    transport = await createTransport(moved(table), { env });
  } catch (error) {
    return `not served: ${(error as Error).message}`;
  }
  const body = chatRequest({ model: model.upstream, max_completion_tokens: 5, logit_bias: { 5: 1 } });
  const said = converse(transport, { provider, model, body });
  await said.over;
  await transport.close();
  expect(said.status, `${provider.protocol}: ${said.told.join()}`).toBe(200);
  expect(JSON.parse(said.text()).choices[0].message.content).toBe("Hello there.");
  const { control } = said;
  return `${shown(fake.requests.at(-1) as ArrivedRequest)}${control.dropped?.length ? ` without ${control.dropped}` : ""}`;
}

function shown({ path, headers, body }: ArrivedRequest): string {
  const key = ["authorization", "api-key", "x-api-key", "x-goog-api-key"].find((name) => headers[name] !== undefined);
  const members = Object.keys(JSON.parse(body)).filter((name) => /token|bias/.test(name));
  return `POST ${path} ${key ?? "(no key)"}${members.length > 0 ? ` {${members}}` : ""}`;
}

describe("the catalog's providers", () => {
  test("are all usable with a key, or refused with a reason", async () => {
    const lines: string[] = [];
    for (const id of presetIds()) {
      const known = preset(id);
      // It would find credentials by itself on Google's machines.
      const place = id === "google-vertex-anthropic" ? Object.keys(MORE).slice(1) : [];
      const first = compiled(id, stated(place));
      const fields = Object.keys(MORE).filter((field) => first.refused?.includes(`\`${field}\``));
      const { table, refused } = first.refused === undefined ? first : compiled(id, stated(fields));
      const [provider] = table?.providers ?? [];
      const quirks = provider?.quirks === undefined ? "" : ` quirks ${JSON.stringify(provider.quirks)}`;
      lines.push(
        `${id}: ${provider?.protocol}${provider?.package ? ` ${provider.package}` : ""} ${known?.url ?? known?.url_template ?? "-"} ${known?.keys[0] ?? "-"}${quirks}`,
      );
      if (first.refused !== undefined) lines.push(`  refused: ${first.refused}`);
      lines.push(`  ${table === undefined ? `refused: ${refused}` : await reached(table)}`);
    }
    expect(presetIds().length).toBe(147);
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL("golden/presets.golden.txt", import.meta.url)),
    );
  });
});
