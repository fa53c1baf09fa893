/** The catalog that ships. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  CATALOG,
  type CatalogModel,
  model,
  modelIds,
  models,
  preset,
  presetIds,
  priceOn,
  type Rates,
} from "../../../compiler/catalog/index.ts";
import { faults, readFiles } from "../../../tools/catalog/snapshot.ts";
import { generate } from "../../../tools/catalog.ts";

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));
const all = presetIds().flatMap((provider) => models(provider).map((each) => ({ provider, ...each })));
const where = (wrong: (each: CatalogModel) => boolean) =>
  all.filter(wrong).map(({ provider, id }) => `${provider}/${id}`);

describe("well-known entries", () => {
  test.each([
    ["openai", "gpt-5"],
    ["openai", "gpt-4o-mini"],
    ["openai", "text-embedding-3-small"],
    ["anthropic", "claude-sonnet-4-6"],
    ["google", "gemini-2.5-pro"],
    ["google", "gemini-2.5-flash"],
    ["deepseek", "deepseek-chat"],
    ["deepseek", "deepseek-v4-flash"],
    ["groq", "llama-3.3-70b-versatile"],
    ["perplexity", "sonar"],
  ])("%s %s", async (provider, id) => {
    const text = JSON.stringify({ provider: preset(provider), model: model(provider, id) }, null, 2);
    await expect(`${text}\n`).toMatchFileSnapshot(golden(`${provider}-${id}.golden.json`));
  });
});

describe("looking up", () => {
  test("what is not there is undefined, or none", () => {
    expect(preset("opnai")).toBeUndefined();
    expect(model("openai", "gpt-55")).toBeUndefined();
    expect(model("opnai", "gpt-5")).toBeUndefined();
    expect(modelIds("../providers")).toEqual([]);
    expect(preset("constructor")).toBeUndefined();
  });

  test("ids are in order, and each leads to its own facts", () => {
    for (const provider of presetIds()) {
      const ids = modelIds(provider);
      expect(ids).toEqual([...ids].sort());
      expect(models(provider).map(({ id }) => id)).toEqual(ids);
    }
    expect(model("openai", "gpt-5")?.id).toBe("gpt-5");
  });

  test("a price is that of the day", () => {
    const o3 = model("openai", "o3") as CatalogModel;
    expect(["2024-01-01", "2025-06-09", "2025-06-10"].map((day) => priceOn(o3, day)?.input)).toEqual([10e9, 10e9, 2e9]);
    expect(priceOn(o3, CATALOG.date)).toEqual(o3.price);
    const gpt5 = model("openai", "gpt-5") as CatalogModel;
    expect(priceOn(gpt5, "2030-01-01")).toBe(gpt5.price);
  });
});

describe("the files", () => {
  test("are in their canonical form, and what the hash is of", () => {
    expect(faults(readFiles())).toEqual([]);
    expect(CATALOG.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("do not pass when a price, the order or the date is changed", () => {
    const files = readFiles();
    const changed = (name: string, from: string, to: string) =>
      faults(new Map(files).set(name, (files.get(name) ?? "").replace(from, to)));
    expect(changed("models/openai.json", "1250000000", "1250000001")).toEqual([
      expect.stringMatching(/^index\.json has the hash [0-9a-f]{64}, its catalog [0-9a-f]{64}$/),
    ]);
    expect(changed("providers.json", "},\n{", "}, {")[0]).toBe("providers.json is not in its canonical form");
    expect(changed("models/groq.json", "[", "")[0]).toBe("models/groq.json is not in its canonical form");
    expect(changed("index.json", CATALOG.date, "2020-01-01")).toHaveLength(1);
  });
});

describe("every model", () => {
  const prices = (each: CatalogModel): Rates[] =>
    [each.price, ...(each.history ?? []).map(({ price }) => price)].flatMap((price) =>
      price ? [price, ...(price.tiers ?? []), ...(price.during ?? [])] : [],
    );
  const amounts = ({ input, output, cached, cache_write, cache_write_1h }: Rates) =>
    [input, output, cached, cache_write, cache_write_1h].filter((each) => each !== undefined);

  test("has prices that are whole nano-dollars, not negative", () => {
    expect(
      where(
        (each) =>
          !prices(each)
            .flatMap(amounts)
            .every((n) => Number.isSafeInteger(n) && n >= 0),
      ),
    ).toEqual([]);
  });

  test("that costs nothing is called free, or runs on the user's machine", () => {
    const free = all.filter(({ price }) => price?.input === 0);
    expect(free.length).toBeGreaterThan(0);
    expect(
      free.filter(({ provider, id }) => !/free$/.test(id) && !["atomic-chat", "lmstudio"].includes(provider)),
    ).toEqual([]);
  });

  test("that writes tokens has a price of them", () => {
    expect(
      where(
        ({ price, can }) => price !== undefined && price.output === 0 && price.input > 0 && !can.includes("embeddings"),
      ),
    ).toEqual([]);
  });

  test("can write no more than it has room for", () => {
    expect(where(({ context, output }) => output !== undefined && !(output > 0 && output <= (context ?? 0)))).toEqual(
      [],
    );
  });

  test("has tiers that rise in size and hours of the day, not both", () => {
    const ascending = (numbers: number[]) => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0));
    expect(where(({ price }) => !ascending((price?.tiers ?? []).map(({ above }) => above)))).toEqual([]);
    expect(
      where(({ price }) =>
        (price?.during ?? []).some(({ from, to }) => !(from >= 0 && from < 1440 && to < 1440 && from !== to)),
      ),
    ).toEqual([]);
    expect(where(({ price }) => price?.tiers !== undefined && price.during !== undefined)).toEqual([]);
  });

  test("with a history has it in order, and the price of the catalog's date from it", () => {
    const changed = all.filter(({ history }) => history !== undefined);
    expect(changed.length).toBeGreaterThan(0);
    for (const each of changed) {
      const days = (each.history ?? []).map(({ from }) => from);
      expect(days).toEqual([...new Set(days)].sort());
      expect(priceOn(each, CATALOG.date)).toEqual(each.price);
    }
  });
});

describe("every preset", () => {
  const presets = presetIds().map((id) => preset(id));

  test("that routec can speak to has an address, or the form of one", () => {
    for (const each of presets)
      if (each?.protocol !== undefined) expect([each.url, each.url_template].filter(Boolean)).toHaveLength(1);
  });

  test("has an address to which a path can be added", () => {
    for (const each of presets) if (each?.url !== undefined) expect(each.url).toMatch(/^https?:\/\/[^\s?#{}]*[^/]$/);
  });

  test("names environment variables", () => {
    for (const each of presets) for (const key of each?.keys ?? []) expect(key).toMatch(/^[A-Z0-9_]+$/);
  });
});

describe("making it", () => {
  function source(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), "routec-catalog-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }
  const acme = { name: "Acme", env: ["ACME_ACCOUNT_ID", "ACME_KEY"], npm: "@ai-sdk/openai-compatible" };
  const facts = (provider: object, id = "acme") =>
    source({
      "README.md": "Facts as of 2026-07-02.",
      "providers.json": JSON.stringify({ [id]: provider }),
      "models.jsonl": `${JSON.stringify({
        provider: id,
        id: "m",
        name: "M",
        released: "2026-01",
        limit: { context: 10, output: 5 },
        modalities: { input: ["text"], output: ["text"] },
        usd_per_million: { input: 1, output: 2 },
      })}\n`,
    });

  test("gives files that pass, the same each time", async () => {
    const folder = facts({ ...acme, api: "https://\x24{ACME_ACCOUNT_ID}.acme.example/v1/" });
    const files = await generate(folder);
    expect(faults(files)).toEqual([]);
    expect(files.get("providers.json")).toBe(
      '[\n{"id":"acme","name":"Acme","protocol":"openai","package":"@ai-sdk/openai-compatible","url_template":"https://{ACME_ACCOUNT_ID}.acme.example/v1","keys":["ACME_KEY"]}\n]\n',
    );
    expect(files.get("models/acme.json")).toBe(
      '[\n{"id":"m","name":"M","context":10,"output":5,"can":[],"price":{"input":1000000000,"output":2000000000},"released":"2026-01"}\n]\n',
    );
    expect(await generate(folder)).toEqual(files);
  });

  test.each([
    ["a provider without an address", () => facts(acme), "the address of provider `acme` is not known"],
    ["an id that is no file's name", () => facts(acme, "../acme"), "`../acme` cannot be a file's name"],
    [
      "facts of no day",
      () => source({ "README.md": "Facts." }),
      "README.md of models.dev's facts does not say `as of` which day they are",
    ],
  ])("refuses %s", async (_, folder, message) => {
    await expect(generate(folder())).rejects.toThrow(message);
  });

  const script = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL("../../../tools/catalog.ts", import.meta.url)), ...args], {
      encoding: "utf8",
    });

  test("--check finds the catalog as it was made", () => {
    expect(script("--check")).toMatchObject({ status: 0, stderr: "" });
  });

  test.each([
    ["nothing", [], "expected a folder of models.dev's facts, or `--check`\n"],
    [
      "a folder that is not there",
      ["no/such/folder"],
      "ENOENT: no such file or directory, open 'no/such/folder/README.md'\n",
    ],
  ])("of %s is refused in a sentence", (_, args, stderr) => {
    expect(script(...args)).toMatchObject({ status: 1, stderr });
  });

  // Not a skipped test where there is no source: CI, which has none, fails on those.
  const SOURCE = process.env.ROUTEC_CATALOG_SOURCE;
  if (SOURCE)
    test("from ROUTEC_CATALOG_SOURCE gives what ships", async () => {
      expect(await generate(SOURCE)).toEqual(readFiles());
    });
});
