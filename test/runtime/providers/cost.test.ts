/** What recorded answers cost, by their own counts and the catalog's prices, held to another's reckoning of the same answers. */
import { calcPrice, extractUsage, type Provider, waitForUpdate } from "@pydantic/genai-prices";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CATALOG } from "../../../compiler/catalog/index.ts";
import { factsOf } from "../../../compiler/program/catalogued.ts";
import { chatCompletion, conformedAnswer } from "../../../runtime/dialects/index.ts";
import { isObject } from "../../../runtime/dialects/json.ts";
import { actualCost } from "../../../runtime/plan/cost.ts";
import { member, text } from "../../../runtime/plan/json.ts";
import { usageOfAnswer } from "../../../runtime/plan/usage.ts";
import { answersWith } from "../../support/fake-provider.ts";
import { hasData, recorded, recordings, withData } from "../dialects/harness.ts";
import { type Bridged, bridged } from "./bridge/harness.ts";

/** Folders of recordings: the catalog's id of who answered, and the other source's. */
const FOLDERS = [
  ["anthropic/", "anthropic", "anthropic"],
  ["deepseek/", "deepseek", "deepseek"],
  ["google/google-", "google", "google"],
  ["groq/", "groq", "groq"],
  ["mistral/", "mistral", "mistral"],
  ["openai/chat/", "openai", "openai"],
] as const;

const CASES = FOLDERS.flatMap(([folder, preset, id]) =>
  recordings(folder, ".json").map((file) => ({ file, preset, id })),
);

const DAY = new Date(CATALOG.date);
const NANO = 1e9;

let gemini: Bridged;
let providers: readonly Provider[];
beforeAll(async () => {
  gemini = await bridged("gemini");
  providers = (await waitForUpdate()) ?? [];
});
afterAll(() => gemini.close());

/** The answer as our clients have it. */
async function ours(preset: string, answer: unknown): Promise<Buffer> {
  if (preset === "anthropic") return Buffer.from(JSON.stringify(chatCompletion(answer, 0)));
  if (preset !== "google") return Buffer.from(JSON.stringify(conformedAnswer(isObject(answer) ? answer : {})));
  gemini.fake.script(answersWith(200, answer));
  return Buffer.from((await gemini.ask()).text());
}

/** Dollars, of the same answer; undefined where the other source does not know the model or finds no usage. */
function theirs(id: string, model: string, answer: unknown): number | undefined {
  const provider = providers.find((each) => each.id === id);
  if (provider === undefined) return undefined;
  for (const flavor of ["default", "chat"]) {
    try {
      const { usage } = extractUsage(provider, answer, flavor);
      const price = calcPrice(usage, model, { providerId: id, timestamp: DAY });
      // Searches cost by themselves, which no price of ours says (docs/catalog.md).
      return price === null ? undefined : price.input_price + price.output_price;
    } catch {
      // Not an answer of that endpoint.
    }
  }
  return undefined;
}

describe.skipIf(!hasData)(withData("recorded answers"), () => {
  const compared: string[] = [];
  test.each(CASES)("$file costs what it is said to", async ({ file, preset, id }) => {
    const answer = recorded(file);
    const model = text(member(answer, "model")) || text(member(answer, "modelVersion"));
    const { price, note } = factsOf(preset, model) ?? {};
    const expected = theirs(id, model, answer);
    const usage = usageOfAnswer(await ours(preset, answer));
    if (price === undefined || expected === undefined || usage === undefined) return;
    compared.push(preset);
    const cost = actualCost(price, usage, DAY.getTime()) / NANO;
    // Where the catalog's sources disagree it has the dearer rate, and says so.
    if (note?.includes("the dearer is taken") === true) expect(cost).toBeGreaterThanOrEqual(expected);
    else expect(cost).toBeCloseTo(expected, 8);
  });

  test("are enough to say so", () => {
    expect(compared.length).toBeGreaterThan(20);
    expect([...new Set(compared)].sort()).toEqual(["anthropic", "deepseek", "google", "groq"]);
  });
});

/** Counts that no recording has: reads and writes of caches of both kinds, long prompts, hours of the day. */
describe("any counts", () => {
  test.each([
    ["anthropic", "claude-sonnet-4-5", "anthropic"],
    ["anthropic", "claude-haiku-4-5", "anthropic"],
    ["openai", "gpt-5", "openai"],
    ["google", "gemini-2.5-pro", "google"],
  ])("of %s's %s cost what they are said to", (preset, model, id) => {
    const price = factsOf(preset, model)?.price;
    if (price === undefined) throw new Error("the catalog does not know it");
    const counts = fc.record({
      fresh: fc.nat(500_000),
      cached: fc.nat(500_000),
      written: fc.nat(price.cache_write === undefined ? 0 : 100_000),
      writtenLong: fc.nat(price.cache_write_1h === undefined ? 0 : 100_000),
      completion: fc.nat(100_000),
      minute: fc.nat(24 * 60 - 1),
    });
    fc.assert(
      fc.property(counts, ({ fresh, cached, written, writtenLong, completion, minute }) => {
        const time = DAY.getTime() + minute * 60_000;
        const prompt = fresh + cached + written + writtenLong;
        const usage = {
          input_tokens: prompt,
          output_tokens: completion,
          cache_read_tokens: cached,
          cache_write_tokens: written + writtenLong,
          cache_write_1h_tokens: writtenLong,
        };
        const expected = calcPrice(usage, model, { providerId: id, timestamp: new Date(time) })?.total_price;
        const cost = actualCost(price, { prompt, cached, written, writtenLong, completion }, time) / NANO;
        expect(cost).toBeCloseTo(expected ?? Number.NaN, 8);
      }),
      { numRuns: 100 },
    );
  });
});
