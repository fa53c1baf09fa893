import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UNKNOWN_SIZE } from "../../../runtime/plan/index.ts";
import { readBody, watch } from "../../../runtime/proxy/body.ts";
import { RequestError } from "../../../runtime/proxy/errors.ts";
import { type Facts, factsOf, IMAGE_TOKENS, needBit } from "../../../runtime/proxy/facts.ts";
import { scan } from "../../../runtime/proxy/scan.ts";

const WATCHED = watch(["metadata", "user"]);

const read = (text: string | Buffer) => {
  const body = Buffer.from(text);
  return readBody([body], body.length, WATCHED);
};
const factsOfText = (text: string): Facts => read(text).facts;
const scans = (text: string): boolean => scan(Buffer.from(text), WATCHED.keys) !== undefined;
const chat = (more: object = {}): string =>
  JSON.stringify({ model: "chat", messages: [{ role: "user", content: "Hello" }], ...more });
const parts = (...content: object[]): string => chat({ messages: [{ role: "user", content }] });

function refusal(text: string | Buffer): { status: number; param: string | null; message: string } {
  try {
    read(text);
  } catch (error) {
    if (error instanceof RequestError) return { status: error.status, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("was not refused");
}

describe("facts", () => {
  test("of a plain request", () => {
    expect(factsOfText(chat())).toMatchObject({
      model: "chat",
      stream: false,
      maxTokens: undefined,
      choices: 1,
      needs: 0,
      turns: 1,
    });
  });

  test.each([
    ["tools", { tools: [{ type: "function", function: { name: "f" } }] }],
    ["json", { response_format: { type: "json_object" } }],
    ["logprobs", { logprobs: true }],
    ["reasoning", { reasoning_effort: "high" }],
    ["search", { web_search_options: {} }],
    ["audio", { modalities: ["text", "audio"] }],
  ] as const)("needs %s", (capability, more) => {
    expect(factsOfText(chat(more)).needs).toBe(needBit(capability));
  });

  test.each([
    { tools: [] },
    { tools: null },
    { response_format: { type: "text" } },
    { response_format: null },
    { logprobs: false },
    { reasoning_effort: "none" },
    { reasoning_effort: null },
    { web_search_options: null },
    { modalities: ["text"] },
  ])("needs nothing for %j", (more) => {
    expect(factsOfText(chat(more)).needs).toBe(0);
  });

  test.each([
    ["vision", { type: "image_url", image_url: { url: "https://example.com/a.png" } }],
    ["audio", { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }],
    ["pdf", { type: "file", file: { file_id: "file-1" } }],
  ] as const)("needs %s for a message part", (capability, part) => {
    expect(factsOfText(parts(part)).needs).toBe(needBit(capability));
  });

  test("a text that names a part's key needs nothing", () => {
    expect(factsOfText(parts({ type: "text", text: "image_url" })).needs).toBe(0);
  });

  test("the larger of two caps counts", () => {
    expect(factsOfText(chat({ max_tokens: 5, max_completion_tokens: 7 })).maxTokens).toBe(7);
  });

  test.each(["model", "messages", "stream"])("%s in a nested object is not the request's own", (name) => {
    const { model, turns, stream } = factsOfText(chat({ metadata: { [name]: "other" } }));
    expect({ model, turns, stream }).toEqual({ model: "chat", turns: 1, stream: false });
  });
});

describe("prompt_tokens", () => {
  const quarter = (bytes: number): number => Math.ceil(bytes / 4);

  test("is a quarter of the body's bytes and the overhead", () => {
    expect(factsOfText(chat()).promptTokens).toBe(quarter(chat().length + 64 + 8));
  });

  test("counts an image by the table, whatever its size", () => {
    const image = (url: string): string => parts({ type: "image_url", image_url: { url } });
    const small = factsOfText(image("data:image/png;base64,AAAA")).promptTokens;
    const large = factsOfText(image(`data:image/png;base64,${"A".repeat(1e6)}`)).promptTokens;
    expect(large).toBe(small);
    expect(large).toBeGreaterThanOrEqual(IMAGE_TOKENS / 4);
  });

  test("counts audio by its length, not as text", () => {
    const audio = (data: string): number =>
      factsOfText(parts({ type: "input_audio", input_audio: { data, format: "wav" } })).promptTokens;
    expect(audio("A".repeat(128_004)) - audio("AAAA")).toBe(1000);
  });

  test.each([
    [{ type: "file", file: { file_id: "file-1" } }],
    [{ type: "file", file: { file_data: "data:application/pdf;base64,AAAA" } }],
    [{ type: "input_audio", input_audio: { id: "audio-1" } }],
  ])("is unknown for %j", (part) => {
    expect(factsOfText(parts(part)).promptTokens).toBe(UNKNOWN_SIZE);
  });
});

describe("refusals", () => {
  test.each([
    ["", "the request body is empty: expected a JSON object"],
    ["[]", "the request body must be a JSON object"],
    ["null", "the request body must be a JSON object"],
    ['{"model":"a","messages":[}', "the request body is not valid JSON"],
    ['{"model":"a" 1}', "the request body is not valid JSON: error at position 13"],
    [`{"model":"a","messages":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "`messages[0]` must be an object, not an array"],
    [`{"model":"a","messages":[],"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "the request body is nested too deeply"],
    ["{}", "you must provide a model parameter"],
    ['{"model":"a"}', "you must provide a messages parameter"],
    ['{"model":1,"messages":[]}', "`model` must be a model name, not `1`"],
    ['{"model":"","messages":[]}', '`model` must be a model name, not `""`'],
    ['{"model":"a","messages":"hi"}', '`messages` must be an array, not `"hi"`'],
    ['{"model":"a","messages":[1]}', "`messages[0]` must be an object, not `1`"],
    [chat({ stream: "yes" }), '`stream` must be true or false, not `"yes"`'],
    [chat({ max_tokens: -1 }), "`max_tokens` must be a whole number, at least 0, not `-1`"],
    [chat({ max_completion_tokens: 1.5 }), "`max_completion_tokens` must be a whole number, at least 0, not `1.5`"],
    [chat({ n: 0 }), "`n` must be a whole number, at least 1, not `0`"],
    [chat({ tools: {} }), "`tools` must be an array, not an object"],
    [chat({ response_format: "json" }), '`response_format` must be an object, not `"json"`'],
  ])("%.60s", (text, message) => {
    expect(refusal(text)).toMatchObject({ status: 400, message });
  });

  test("invalid UTF-8", () => {
    const text = Buffer.from(chat());
    text[text.indexOf("Hello")] = 0xff;
    expect(refusal(text).message).toBe("the request body is not valid UTF-8");
  });
});

describe("the scanner declines, and the request is still read", () => {
  test.each([
    ["an escaped key", '{"mod\\u0065l":"a","messages":[]}'],
    ["an escaped model", '{"model":"\\u0061","messages":[]}'],
    ["a repeated key", '{"model":"b","model":"a","messages":[]}'],
    ["a repeated key of a message", '{"model":"a","messages":[{"content":"x","content":[]}]}'],
    ["deep nesting", `{"model":"a","messages":[],"x":${"[".repeat(300)}${"]".repeat(300)}}`],
  ])("%s", (_, text) => {
    expect(scans(text)).toBe(false);
    const body = read(text);
    expect(body.facts.model).toBe("a");
    expect(JSON.parse(String(body.bodyFor("other")))).toEqual({ ...JSON.parse(text), model: "other" });
  });

  test.each([
    ["a missing comma in a nested value", '{"model":"a","messages":[],"x":{"a":1 "b":2}}'],
    ["a missing colon", '{"model":"a","messages":[],"x":{"a" 1}}'],
    ["a trailing comma", '{"model":"a","messages":[],"x":[1,]}'],
    ["a missing digit", '{"model":"a","messages":[],"x":[1.]}'],
    ["a leading zero", '{"model":"a","messages":[],"x":[01]}'],
    ["a raw newline in a string", '{"model":"a","messages":[],"x":"\n"}'],
    ["an unknown escape", '{"model":"a","messages":[],"x":"\\x"}'],
    ["half an escape", '{"model":"a","messages":[],"x":"\\u12"}'],
    ["what follows the end", '{"model":"a","messages":[]} x'],
    ["a byte order mark", '\ufeff{"model":"a","messages":[]}'],
  ])("%s is refused", (_, text) => {
    expect(scans(text)).toBe(false);
    expect(refusal(text).status).toBe(400);
  });
});

describe("another model", () => {
  const inPieces = (text: string, at: number) => {
    const bytes = Buffer.from(text);
    return readBody([bytes.subarray(0, at), bytes.subarray(at)], bytes.length, WATCHED);
  };
  const rest = chat({ temperature: 0.5 });

  test.each(["c", "chat", "longer", 'quo"ted', "żółć", "x".repeat(1000)])(
    "%.20s replaces the one asked for",
    (name) => {
      for (const body of [read(rest), inPieces(rest, 20)]) {
        const first = body.bodyFor(name);
        const second = body.bodyFor("fallback");
        expect(JSON.parse(String(first))).toEqual({ ...JSON.parse(rest), model: name });
        expect(JSON.parse(String(second))).toEqual({ ...JSON.parse(rest), model: "fallback" });
      }
    },
  );

  test("a shorter name is written in place", () => {
    const bytes = Buffer.from(rest);
    const given = readBody([bytes], bytes.length, WATCHED).bodyFor("c");
    expect(given?.buffer === bytes.buffer && given.byteOffset === bytes.byteOffset).toBe(true);
    expect(given?.length).toBe(bytes.length);
  });

  test("members that are watched are read as JSON", () => {
    const body = read(chat({ metadata: { tier: "free" }, user: "żółć" }));
    expect([body.member("metadata"), body.member("user")]).toEqual([{ tier: "free" }, "żółć"]);
  });
});

// What clients send, and traps: keys that matter at every depth, repeated and escaped, and all kinds of white space.
const name = fc.constantFrom(
  ...["model", "messages", "stream", "max_tokens", "n", "tools", "metadata", "user", "content", "image_url", "url"],
  ...["input_audio", "data", "file", "type", "response_format", "logprobs", "reasoning_effort", "audio", 'a"b', "ż"],
);
const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ minLength: 20, maxLength: 60 }),
  fc.constantFrom("text", "none", "data:image/png;base64,AAAA", '\u2028\\"/\n', "😀"),
  fc.constantFrom(null, true, false, 0, 7, -1, 1.5, 1e21, 1e-7),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4 }),
  ),
}));
const part = fc.record(
  {
    type: fc.constantFrom("text", "image_url", "input_audio", "file"),
    text: leaf,
    image_url: fc.oneof(leaf, fc.record({ url: leaf, detail: leaf }, { requiredKeys: [] })),
    input_audio: fc.oneof(leaf, fc.record({ data: leaf, format: leaf }, { requiredKeys: [] })),
    file: value,
  },
  { requiredKeys: [] },
);
const message = fc.record(
  { role: leaf, content: fc.oneof(leaf, fc.array(fc.oneof(part, value), { maxLength: 3 })), audio: value },
  { requiredKeys: [] },
);
const request = fc.record(
  {
    model: fc.oneof({ weight: 9, arbitrary: fc.constantFrom("chat", "gpt-4o", "ż") }, { weight: 1, arbitrary: value }),
    messages: fc.oneof({ weight: 9, arbitrary: fc.array(message, { maxLength: 4 }) }, { weight: 1, arbitrary: value }),
    stream: fc.constantFrom(true, false, null),
    max_tokens: fc.constantFrom(0, 100, null, 1.5),
    n: fc.constantFrom(1, 2, 0, null),
    tools: fc.oneof(fc.array(value, { maxLength: 2 }), fc.constant(null)),
    response_format: fc.oneof(fc.constant(null), fc.dictionary(name, leaf, { maxKeys: 2 })),
    reasoning_effort: fc.constantFrom("high", "none", null),
    metadata: value,
    user: value,
    other: value,
  },
  { requiredKeys: ["model", "messages"] },
);
const text = fc.tuple(request, fc.constantFrom(undefined, 1, "\t"), fc.boolean()).map(([content, indent, ascii]) => {
  const written = JSON.stringify(content, null, indent);
  return ascii
    ? written.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : written;
});
const mutated = fc
  .tuple(
    text,
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom("", '"', "\\", ",", "}", "]", "0", "\n", "\\u0065", '"n":1,'),
  )
  .map(([whole, at, gone, instead]) => {
    const from = at % whole.length;
    return whole.slice(0, from) + instead + whole.slice(from + gone);
  });

describe("against JSON.parse", () => {
  let scanned = 0;

  function check(document: string): void {
    // Lone surrogates cannot be written as UTF-8.
    const whole = Buffer.from(" ".repeat(document.length % 4) + document.toWellFormed());
    // The scanner reads words: bodies begin at every offset within one.
    const bytes = whole.subarray(document.length % 4);
    const expected = reference(bytes);
    const found = scan(bytes, WATCHED.keys);
    if (found !== undefined) {
      scanned++;
      const { modelStart, modelEnd, spans, ...facts } = found;
      expect(facts).toEqual(expected?.facts);
      expect(JSON.parse(bytes.toString("utf8", modelStart, modelEnd))).toBe(facts.model);
      const at = (index: number): unknown =>
        (spans[index] ?? -1) < 0 ? undefined : JSON.parse(bytes.toString("utf8", spans[index], spans[index + 1]));
      expect([at(0), at(2)]).toEqual([expected?.value.metadata, expected?.value.user]);
    }
    if (expected === undefined) {
      expect(() => read(bytes)).toThrow(RequestError);
      return;
    }
    for (const pieces of [[Buffer.from(bytes)], [Buffer.from(bytes.subarray(0, 9)), Buffer.from(bytes.subarray(9))]]) {
      const body = readBody(pieces, bytes.length, WATCHED);
      expect(body.facts).toMatchObject(expected.facts);
      for (const upstream of ["m", "a-much-longer-model-name"]) {
        const written = JSON.parse(String(body.bodyFor(upstream)));
        expect(plain(written)).toEqual(plain({ ...expected.value, model: upstream }));
      }
    }
  }

  /** The value as JSON.stringify writes it, for which -0 is 0. */
  function plain(value: object): object {
    return JSON.parse(JSON.stringify(value));
  }

  function reference(bytes: Buffer): { facts: Facts; value: Record<string, unknown> } | undefined {
    try {
      const parsed = JSON.parse(bytes.toString());
      return { facts: factsOf(parsed, bytes.length), value: parsed };
    } catch {
      return undefined;
    }
  }

  test("random requests are read alike", () => {
    fc.assert(fc.property(text, check), { numRuns: 4_500 });
    expect(scanned).toBeGreaterThan(1000);
  });

  test("requests with an error in them are read alike, or refused alike", () => {
    scanned = 0;
    fc.assert(fc.property(mutated, check), { numRuns: 5_000 });
    expect(scanned).toBeGreaterThan(300);
  });
});
