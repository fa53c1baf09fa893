/** Against what others wrote: OpenAI's own schema, and answers recorded from providers. Skipped where they are absent. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { usageOfAnswer, usageOfStream } from "../../../runtime/plan/usage.ts";
import { chatCompletion, chatEvents, errorBody } from "../../support/fake-provider.ts";
import { answer, stream } from "../../support/scripted-transport.ts";
import { call, carryOut } from "../plan/harness.ts";
import { lab } from "./simulated/harness.ts";

const DATA = new URL("../../../../shared/data/", import.meta.url);
const SCHEMA = new URL("openai-schema/openai-chat-embeddings-models.schema.json", DATA);
const WIRE = new URL("wire/", DATA);

const absent = (what: string) => `${what} (skipped: the shared test data is absent)`;

describe.skipIf(!existsSync(SCHEMA))(existsSync(SCHEMA) ? "OpenAI's schema" : absent("OpenAI's schema"), () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const conforms = (name: string, value: unknown): void => {
    const { $id } = JSON.parse(readFileSync(SCHEMA, "utf8"));
    if (ajv.getSchema($id) === undefined) ajv.addSchema(JSON.parse(readFileSync(SCHEMA, "utf8")));
    const validate = ajv.getSchema(`${$id}#/$defs/${name}`);
    expect(validate?.(value), JSON.stringify(validate?.errors)).toBe(true);
  };

  test("holds for the fake provider", () => {
    conforms("CreateChatCompletionResponse", chatCompletion("Hello."));
    conforms("ErrorResponse", errorBody("rate_limit_exceeded"));
    for (const event of chatEvents("Hello there.", { includeUsage: true }).slice(0, -1)) {
      conforms("CreateChatCompletionStreamResponse", JSON.parse(event));
    }
  });

  test("holds for the simulated provider", async () => {
    const provider = await lab({ script: ["answered", "answered", "refused", "filtered", "refused"] });
    const failing = await lab({ script: ["rate_limited", "overloaded", "server_error", "too_long", "invalid"] });
    const asked = { logprobs: true, top_logprobs: 2, stream_options: { include_usage: true } };
    const wholes = [{}, asked, {}, {}];
    for (const more of wholes) conforms("CreateChatCompletionResponse", JSON.parse((await provider.ask(more)).text()));
    const streamed = [await provider.stream(), await provider.stream(asked)].map((talk) => talk.text()).join("");
    for (const event of streamed.split("\n\n")) {
      if (event !== "" && event !== "data: [DONE]")
        conforms("CreateChatCompletionStreamResponse", JSON.parse(event.slice("data: ".length)));
    }
    for (let call = 0; call < 5; call++) conforms("ErrorResponse", JSON.parse((await failing.ask()).text()));
  });
});

describe.skipIf(!existsSync(WIRE))(existsSync(WIRE) ? "recorded answers" : absent("recorded answers"), () => {
  const files = existsSync(WIRE)
    ? readdirSync(WIRE, { recursive: true, encoding: "utf8" }).filter((file) =>
        /^(openai\/chat|openai-compatible|groq|deepseek|mistral|xai\/[^/]*$|alibaba)/.test(file),
      )
    : [];
  const read = (file: string): string => readFileSync(new URL(file, WIRE), "utf8").trim();
  const whole = files.filter((file) => file.endsWith(".json") && read(file).includes('"chat.completion"'));
  const streams = files.filter((file) => file.endsWith(".chunks.txt") && read(file).includes("choices"));

  test("are found", () => {
    expect([whole.length, streams.length].every((count) => count >= 5)).toBe(true);
  });

  test.each(whole)("%s is an answer, with the usage that it states", (file) => {
    const run = carryOut({ run: call("a"), scripts: [answer(read(file))] });
    expect(run.told).toEqual([expect.stringMatching(/^whole 200 by a at attempt 1 for \d+$/)]);
    expect(usageOfAnswer(Buffer.from(read(file)))?.prompt).toBe(JSON.parse(read(file)).usage.prompt_tokens);
  });

  test.each(streams)("%s begins with its first content, and ends with a cost", (file) => {
    const events = [...read(file).split("\n"), "[DONE]"];
    const run = carryOut({ run: call("a"), stream: true, request: { usageAsked: true }, scripts: [stream(events)] });
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", expect.stringMatching(/^end for \d+$/)]);
    expect(usageOfStream(Buffer.from(run.text()))?.prompt).toBeGreaterThan(0);
  });
});
