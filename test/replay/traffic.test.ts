/** Files of traffic: what is read of each kind of line, and what becomes of lines that cannot be read. */
import { describe, expect, it } from "vitest";
import type { Arrival } from "../../compiler/replay/traffic/arrival.ts";
import { ColumnError } from "../../compiler/replay/traffic/csv.ts";
import { WAITING } from "../../compiler/replay/traffic/order.ts";
import { timeOf } from "../../compiler/replay/traffic/time.ts";
import { arrivalsIn, type Found, nothingFound } from "../../compiler/replay/traffic/traffic.ts";
import { folder } from "../support/routec.ts";
import { logged, NOON, type Options, policyOf } from "./support.ts";

const { table } = policyOf(`
request {
  tenant  string        from header "x-tenant"    default "none"
  team    string        from metadata "team"      default "none"
}
route chat { when tenant == "acme" or team == "blue" or prompt matches /who/ -> large  otherwise -> small }
`);

interface Read {
  readonly arrivals: readonly (Arrival & { readonly at: number })[];
  readonly found: Found;
}

async function read(text: string, { set = {}, columns = {}, start }: Options = {}): Promise<Read> {
  const path = `${folder({ traffic: text })}/traffic`;
  const found = nothingFound();
  const arrivals: Read["arrivals"][number][] = [];
  const mapping = { set: new Map(Object.entries(set)), columns: new Map(Object.entries(columns)) };
  for await (const batch of arrivalsIn(path, mapping, [table], found, start))
    for (const { at, arrival } of batch.arrivals) arrivals.push({ at, ...arrival });
  return { arrivals, found };
}

describe("a time", () => {
  it.each([
    ["2026-03-02 12:00:00", NOON],
    ["2026-03-02T12:00", NOON],
    ["2026-03-02T13:00:00+01:00", NOON],
    ["2026-03-02 12:00:00.2500000", NOON + 250],
    ["2026-03-02", NOON - 12 * 3_600_000],
    [NOON, NOON],
    [NOON / 1_000, NOON],
    [String(NOON * 1_000), NOON],
    ["2026-02-31", undefined],
    ["2026-03-02 25:00", undefined],
    ["noon", undefined],
    [-1, undefined],
  ])("%j is %j", (text, time) => expect(timeOf(text)).toBe(time));
});

describe("CSV", () => {
  it("has its columns by their usual names, those of attributes too", async () => {
    const { arrivals } = await read("TIMESTAMP,ContextTokens,GeneratedTokens,tenant\n2026-03-02 12:00,374,44,acme\n");
    expect(arrivals).toMatchObject([{ at: NOON, input: 374, output: 44, texts: { tenant: "acme" } }]);
  });

  it("has them where it is said, and values of all requests", async () => {
    const options = { columns: { time: "when", output: "n" }, set: { input: "7", tenant: "acme" } };
    const { arrivals } = await read('what,when,n\n"a ""b"", c",2026-03-02T12:00Z,5\n', options);
    expect(arrivals).toMatchObject([{ at: NOON, input: 7, output: 5, texts: { tenant: "acme" } }]);
  });

  it("is moved as a whole to another beginning", async () => {
    const { arrivals } = await read("time\n1000\n1060\n", { start: NOON });
    expect(arrivals.map(({ at }) => at)).toEqual([NOON, NOON + 60_000]);
  });

  it.each([
    ["input\n3\n", {}, "no column says when requests came, of `input`"],
    ["time\n3\n", { columns: { tenant: "org" } }, "there is no column `org` for `tenant`: expected `time`"],
  ])("%j is none", async (text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(new ColumnError(message));
  });
});

describe("JSON lines", () => {
  it("of our log have the calls for the answer, and the tokens of the one that gave it", async () => {
    const line = logged(
      0,
      { model: "small", end: "failed", failure: "overloaded", ms: 30 },
      { model: "judge", for: "judge", input: 9, output: 9 },
      { model: "large", first_ms: 200, ms: 900, input: 100, output: 40 },
    );
    const { arrivals } = await read(line);
    expect(arrivals).toMatchObject([
      {
        ...{ at: NOON, model: "chat", input: 100, output: 40, identity: "r0" },
        calls: [
          { model: "small", failure: "overloaded", ms: 30 },
          { model: "large", first: 200, ms: 900, declined: false },
        ],
      },
    ]);
  });

  it("leave out what came to no decision, and count it", async () => {
    const { rule: _, ...undecided } = JSON.parse(logged(0));
    const { arrivals, found } = await read(`${JSON.stringify(undecided)}\n${logged(1)}\n`);
    expect([arrivals.length, found.undecided, found.malformed]).toEqual([1, 1, 0]);
  });

  it("of OpenAI's API are read as the proxy reads them", async () => {
    const request = {
      model: "chat",
      messages: [{ role: "user", content: "Who was it?" }],
      ...{ max_tokens: 50, stream: true, metadata: { team: "blue" } },
    };
    const response = { model: "small-1", created: NOON / 1_000, usage: { prompt_tokens: 11, completion_tokens: 5 } };
    const lines = [
      { request, response, latency_ms: 700, headers: { "x-tenant": "acme" } },
      { custom_id: "b", method: "POST", url: "/v1/chat/completions", body: request },
      request,
    ];
    const { arrivals } = await read(lines.map((line) => JSON.stringify(line)).join("\n"));
    const attributes = {
      stream: true,
      max_tokens: 50,
      turns: 1,
      "needs.tools": false,
      prompt: "Who was it?",
      team: "blue",
    };
    expect(arrivals[0]).toMatchObject({ at: NOON, model: "chat", input: 11, output: 5 });
    expect(arrivals[0]?.calls).toMatchObject([{ model: "small-1", ms: 700 }]);
    expect(arrivals[0]?.attributes).toMatchObject({ ...attributes, tenant: "acme" });
    expect(arrivals.slice(1)).toMatchObject([{ attributes }, { attributes }]);
    expect(new Set(arrivals.map(({ identity }) => identity)).size).toBe(1);
  });

  it("have values where a pointer says", async () => {
    const options = { columns: { time: "/meta/at", tenant: "/meta/org" } };
    const { arrivals } = await read('{"route":"chat","meta":{"at":"2026-03-02T12:00Z","org":"acme"}}', options);
    expect(arrivals).toMatchObject([{ at: NOON, attributes: { tenant: "acme" } }]);
  });

  it("without a time come a second after each other, which is counted", async () => {
    const { arrivals, found } = await read('{"route":"chat"}\n{"route":"chat"}\n', { start: NOON });
    expect([arrivals.map(({ at }) => at), found.untimed]).toEqual([[NOON, NOON + 1_000], 2]);
  });
});

describe("a line that cannot be read", () => {
  it.each([
    ['{"route":', '`{"route":` is not JSON'],
    ["[1]", "`[1]` is no JSON object"],
    ['{"a":1}', "it is no logged decision, no chat completion request and no request as `explain` takes it"],
    ['{"route":"chat","time":"soon"}', "`time` is `soon`: expected a time"],
    ['{"route":"chat","output":-1}', "`output` is `-1`: expected a number of tokens"],
    ['{"messages":[]}', "you must provide a model parameter"],
    ['{"attempts":[]}', "the line must have required property 'format'"],
  ])("%s is counted, and named with its line", async (line, why) => {
    const { arrivals, found } = await read(`{"route":"chat"}\n\n${line}\n`);
    expect([arrivals.length, found.lines, found.malformed]).toEqual([1, 2, 1]);
    expect(found.first).toEqual([{ line: 3, why: expect.stringContaining(why) }]);
  });

  it.each([
    ["1,2,3", "it has 3 columns, and the first line has 2"],
    ["soon,1", "`time` is `soon`: expected a time"],
    ["1,many", "`output` is `many`: expected a number of tokens"],
    ['1,"2', "its quotes do not match"],
  ])("of CSV is: %s", async (line, why) => {
    expect((await read(`time,output\n${line}\n`)).found.first).toEqual([{ line: 2, why }]);
  });
});

describe("a log, which has requests in the order in which they ended,", () => {
  it("is put in the order in which they came", async () => {
    const seconds = Array.from({ length: 500 }, (_, index) => (index * 211) % 500);
    const { arrivals, found } = await read(seconds.map((each) => logged(each)).join("\n"));
    expect(arrivals.map(({ at }) => at)).toEqual(seconds.map((_, index) => NOON + index * 1_000));
    expect(found.late).toBe(0);
  });

  it("has those counted that came too late to be put in order", async () => {
    const lines = Array.from({ length: WAITING + 2 }, (_, index) => `${NOON + index}`);
    const { arrivals, found } = await read(["time", ...lines, `${NOON}`].join("\n"));
    expect([arrivals.length, found.late]).toEqual([WAITING + 3, 1]);
  });
});
