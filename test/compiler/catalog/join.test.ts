/** What the catalog makes of a model that one or both sources know. */
import { describe, expect, test } from "vitest";
import type { CatalogModel, Period } from "../../../compiler/catalog/index.ts";
import type { GenaiFacts } from "../../../tools/catalog/genai-prices.ts";
import { joinFacts } from "../../../tools/catalog/join.ts";
import { type DevModel, isServed } from "../../../tools/catalog/models-dev.ts";
import { nano } from "../../../tools/catalog/price.ts";

const BASIC: DevModel = {
  provider: "acme",
  id: "m",
  name: "M",
  released: "2026-01-01",
  can: ["tool_call"],
  limit: { context: 1000, output: 100 },
  modalities: { input: ["text"], output: ["text"] },
  usd_per_million: { input: 1, output: 2 },
};

const dates = { dev: "2026-07-01", catalog: "2026-09-01" };

function catalogued(dev: Partial<DevModel>, genai?: Partial<GenaiFacts>): CatalogModel {
  return joinFacts({ ...BASIC, ...dev }, genai && { periods: [], deprecated: false, fee: false, ...genai }, dates);
}

const period = (from: string, input: number, output: number): Period => ({
  from,
  price: { input: nano(input), output: nano(output) },
});

const price = (model: CatalogModel) => model.price && [model.price.input / 1e9, model.price.output / 1e9];

describe("a price of zero", () => {
  const zero = { usd_per_million: { input: 0, output: 0 } };

  test("is taken for one that is not known", () => {
    expect(catalogued(zero)).not.toHaveProperty("price");
    expect(catalogued(zero).note).toBe("models.dev states a price of $0, which may mean that it is not known");
  });

  test.each(["m:free", "m-free", "router/free"])("is believed of a model that is called %s", (id) => {
    expect(price(catalogued({ ...zero, id }))).toEqual([0, 0]);
  });

  test("is believed of a model on the user's own machine", () => {
    expect(price(catalogued({ ...zero, provider: "lmstudio" }))).toEqual([0, 0]);
  });

  test("gives way to the other source's price", () => {
    expect(price(catalogued(zero, { periods: [period("", 3, 4)] }))).toEqual([3, 4]);
  });

  test("of output alone is believed of embeddings only", () => {
    const half = { usd_per_million: { input: 1, output: 0 } };
    expect(catalogued(half)).not.toHaveProperty("price");
    expect(price(catalogued({ ...half, id: "text-embedding-3" }))).toEqual([1, 0]);
    expect(price(catalogued({ usd_per_million: { input: 0, output: 0 } }, { periods: [period("", 1, 0)] }))).toBe(
      undefined,
    );
  });
});

describe("two sources", () => {
  test("that agree leave no note", () => {
    expect(catalogued({}, { periods: [period("", 1, 2)] })).not.toHaveProperty("note");
  });

  test("that disagree give the dearer of each rate, and a note that says both", () => {
    const model = catalogued({}, { periods: [period("", 1.1, 1.9)] });
    expect(price(model)).toEqual([1.1, 2]);
    expect(model.note).toBe(
      "models.dev says input $1.00, output $2.00 per million tokens, genai-prices input $1.10, output $1.90: the dearer is taken",
    );
  });

  test("that agree on the older one's day leave what changed since to the newer one", () => {
    const model = catalogued({}, { periods: [period("", 1, 2), period("2026-08-01", 0.5, 1)] });
    expect(price(model)).toEqual([0.5, 1]);
    expect(model.history).toEqual([period("2026-01-01", 1, 2), period("2026-08-01", 0.5, 1)]);
    expect(model).not.toHaveProperty("note");
  });

  test("that disagree on the older one's day keep the dearer after it as well", () => {
    const model = catalogued({}, { periods: [period("", 0.9, 2), period("2026-08-01", 0.5, 3)] });
    expect(model.history).toEqual([period("2026-01-01", 1, 2), period("2026-08-01", 1, 3)]);
  });

  test("do not bring a price that is still to come into force", () => {
    const model = catalogued({}, { periods: [period("", 1, 2), period("2027-01-01", 9, 9)] });
    expect(price(model)).toEqual([1, 2]);
  });
});

describe("what a price by tokens cannot say", () => {
  test("a charge for each request leaves no price, whichever source knows of it", () => {
    const fee = "it charges for each request besides its tokens, which a price cannot say";
    for (const model of [
      catalogued({}, { fee: true, periods: [period("", 1, 2)] }),
      catalogued({ usd_per_million: { input: 1, output: 2, request: 5 } }, { periods: [period("", 1, 2)] }),
    ]) {
      expect(model).not.toHaveProperty("price");
      expect(model.note).toBe(fee);
    }
  });

  test("dearer audio leaves out `audio`", () => {
    const modalities = { input: ["text", "audio"], output: ["text"] };
    expect(catalogued({ modalities }).can).toEqual(["tools", "audio"]);
    const dear = catalogued({ modalities, usd_per_million: { input: 1, output: 2, input_audio: 4 } });
    expect(dear.can).toEqual(["tools"]);
    expect(dear.note).toBe("audio costs $4.00 per million input tokens, which a price cannot say: `audio` is left out");
  });

  test("dearer reasoning and dearer kinds of output are the price of all output", () => {
    expect(price(catalogued({ usd_per_million: { input: 1, output: 2, reasoning: 8 } }))).toEqual([1, 8]);
  });
});

describe("limits", () => {
  test("an output limit that is not known, or is above the context, is the context", () => {
    for (const output of [0, 2000]) expect(catalogued({ limit: { context: 1000, output } }).output).toBe(1000);
  });

  test("a context that models.dev does not know may be known to the other source, or to none", () => {
    const limit = { context: 0, output: 10 };
    expect(catalogued({ limit }, { context: 500 })).toMatchObject({ context: 500, output: 10 });
    expect(catalogued({ limit })).not.toHaveProperty("context");
  });
});

test("capabilities are said in routec's words", () => {
  const model = catalogued({
    can: ["tool_call", "structured_output", "reasoning", "attachment", "temperature", "open_weights"],
    modalities: { input: ["text", "image", "pdf", "video"], output: ["text"] },
  });
  expect(model.can).toEqual(["tools", "vision", "pdf", "json", "reasoning"]);
});

test.each(["text-embedding-3-small", "baai/bge-m3", "voyage/voyage-4", "intfloat/e5-large-v2", "all-mini-lm-l6-v2"])(
  "%s embeds, and writes no tokens",
  (id) => {
    const model = catalogued({ id });
    expect(model.can).toEqual(["embeddings"]);
    expect(model).not.toHaveProperty("output");
  },
);

test.each(["gpt-4o", "grok-voyager", "llama-3-8b-instruct", "qwen3.5-gte"])("%s does not embed", (id) => {
  expect(catalogued({ id }).can).toEqual(["tools"]);
});

test("what takes no text, gives none, or ranks is left out", () => {
  const served = (input: string, output: string, id = "m") =>
    isServed({ ...BASIC, id, modalities: { input: [input], output: [output] } });
  expect(served("text", "text")).toBe(true);
  expect([served("text", "image"), served("audio", "text"), served("text", "text", "Rerank-4")]).not.toContain(true);
});

test("a deprecated model says so", () => {
  expect(catalogued({ status: "deprecated" }).note).toBe("it is deprecated");
});
