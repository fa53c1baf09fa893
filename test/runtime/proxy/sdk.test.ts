/** OpenAI's own client against the proxy, over providers that misbehave. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { createFetch } from "../../../runtime/index.ts";
import {
  answers,
  answersWith,
  type Behaviour,
  diesInBody,
  diesInStream,
  diesUnanswered,
  errorBody,
  fails,
  garbage,
  hangs,
  refusingUrl,
} from "../../support/fake-provider.ts";
import { firstElseSecond, KEY, provided, serve } from "./harness.ts";

const messages = [{ role: "user" as const, content: "Hello" }];

/** A client over HTTP, and one in process. */
const FRONT_ENDS = {
  http: async (policy: Parameters<typeof serve>[0]) => {
    const { url } = await serve(policy);
    return new OpenAI({ baseURL: `${url}/v1`, apiKey: "of-the-client", maxRetries: 2 });
  },
  fetch: async (policy: Parameters<typeof serve>[0]) =>
    new OpenAI({
      baseURL: "http://routec.invalid/v1",
      apiKey: "of-the-client",
      maxRetries: 2,
      fetch: createFetch(policy, { env: {} }),
    }),
};

async function streamed(client: OpenAI, model = "chat"): Promise<string> {
  let text = "";
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
}

async function whole(client: OpenAI, model = "chat"): Promise<string | null | undefined> {
  const completion = await client.chat.completions.create({ model, messages });
  return completion.choices[0]?.message.content;
}

describe.each(Object.entries(FRONT_ENDS))("over %s", (_, clientOf) => {
  test("a whole answer", async () => {
    const fake = await provided();
    const client = await clientOf(firstElseSecond(fake.url, fake.url));
    expect(await whole(client)).toBe("Hello there.");
    expect(JSON.parse(fake.requests[0]?.body ?? "")).toEqual({ model: "first-upstream", messages });
    expect(fake.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  test("a stream", async () => {
    const fake = await provided();
    expect(await streamed(await clientOf(firstElseSecond(fake.url, fake.url)))).toBe("Hello there.");
  });

  const FAILURES: readonly [string, Behaviour][] = [
    ["answers 500", fails(500)],
    ["answers 429", fails(429)],
    ["answers 401", fails(401)],
    ["answers with a redirect", answersWith(302, "", { location: "http://example.com/" })],
    ["times out", hangs],
    ["dies before its first byte", diesUnanswered],
    ["dies in the middle of an answer", diesInBody],
    ["does not speak HTTP", garbage],
  ];
  test.each(FAILURES)("when the first provider %s, the second answers", async (name, behaviour) => {
    const [one, two] = [await provided(), await provided()];
    one.always(behaviour);
    two.always(answers("From the second."));
    const client = await clientOf(firstElseSecond(one.url, two.url));
    expect(await whole(client)).toBe("From the second.");
    expect(await streamed(client)).toBe("From the second.");
    // Its only key rests then: the second request does not reach it.
    const calls = /401|429/.test(name) ? 1 : 2;
    expect([one.requests.length, two.requests.length]).toEqual([calls, 2]);
    expect(JSON.parse(two.requests[0]?.body ?? "")).toEqual({ model: "second-upstream", messages });
  });

  test("when the first provider refuses connections, the second answers", async () => {
    const two = await provided();
    const client = await clientOf(firstElseSecond(await refusingUrl(), two.url));
    expect([await whole(client), await streamed(client)]).toEqual(["Hello there.", "Hello there."]);
  });

  test("a stream that breaks off ends in an error, not in silence", async () => {
    const fake = await provided();
    fake.always(diesInStream());
    const client = await clientOf(firstElseSecond(fake.url, fake.url));
    await expect(streamed(client)).rejects.toThrow("the answer of `first` broke off with server_error");
  });

  test("an exhausted plan is not tried again by the client", async () => {
    const fake = await provided();
    fake.always(fails(500));
    const client = await clientOf(firstElseSecond(fake.url, fake.url));
    const error = await whole(client).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({
      status: 502,
      code: "server_error",
      message:
        "502 no model of the plan could answer: `first` failed with server_error (500), then `second` failed with server_error (500)",
    });
    expect(fake.requests.length).toBe(2);
  });

  test("what the provider calls malformed is the client's to read", async () => {
    const fake = await provided();
    fake.always(answersWith(422, errorBody("bad_temperature", "temperature is too high")));
    const client = await clientOf(firstElseSecond(fake.url, fake.url));
    await expect(whole(client)).rejects.toMatchObject({ status: 422, message: "422 temperature is too high" });
    expect(fake.requests.length).toBe(1);
  });

  test("a name that is not served", async () => {
    const fake = await provided();
    const client = await clientOf(firstElseSecond(fake.url, fake.url));
    await expect(whole(client, "caht")).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      message: "404 no route serves the model `caht`",
    });
    await expect(whole(client, "chatt")).rejects.toThrow("did you mean `chat`");
    expect(fake.requests).toEqual([]);
  });

  test("the routes are its models", async () => {
    const client = await clientOf(firstElseSecond("http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"));
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(["chat", "single"]);
    expect(await client.models.retrieve("chat")).toMatchObject({ id: "chat", object: "model", owned_by: "routec" });
    await expect(client.models.retrieve("other")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  test("a client that aborts ends the call upstream", async () => {
    const fake = await provided();
    fake.always(hangs);
    const client = await clientOf(firstElseSecond(fake.url, fake.url, {}));
    const controller = new AbortController();
    const asked = client.chat.completions.create({ model: "chat", messages }, { signal: controller.signal });
    const { closed } = await fake.arrival(0);
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await closed;
    expect(fake.requests.length).toBe(1);
  });
});

const curl = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)("curl", ["--silent", "--show-error", "--noproxy", "*", ...args]);
  return stdout;
};

describe("curl", () => {
  const body = JSON.stringify({ model: "chat", messages });
  const post = (url: string, data: string): string[] => [`${url}/v1/chat/completions`, "--json", data];

  test("a whole answer, a stream, a listing", async () => {
    const fake = await provided();
    const { url } = await serve(firstElseSecond(fake.url, fake.url));
    expect(JSON.parse(await curl(...post(url, body)))).toMatchObject({ object: "chat.completion" });
    const events = await curl("--no-buffer", ...post(url, JSON.stringify({ model: "chat", messages, stream: true })));
    expect(events).toMatch(/^data: \{.*\}\n\n(data: .*\n\n)*data: \[DONE\]\n\n$/);
    expect(JSON.parse(await curl(`${url}/v1/models`))).toMatchObject({ object: "list" });
  });

  test("asks before it sends a large body", async () => {
    const fake = await provided();
    const { url } = await serve(firstElseSecond(fake.url, fake.url));
    const large = JSON.stringify({ model: "chat", messages: [{ role: "user", content: "x".repeat(50_000) }] });
    const answer = await curl("--expect100-timeout", "30", "-H", "Expect: 100-continue", "-i", ...post(url, large));
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
  });

  test("is told of a body that is too large before it sends it", async () => {
    const fake = await provided();
    const { url } = await serve(firstElseSecond(fake.url, fake.url), { limits: { body: 100 } });
    const answer = await curl(
      "--expect100-timeout",
      "30",
      "-H",
      "Expect: 100-continue",
      "-i",
      ...post(url, body + " ".repeat(200)),
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n/);
    expect(fake.requests).toEqual([]);
  });
});
