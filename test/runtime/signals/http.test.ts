import { describe, expect, it, onTestFinished } from "vitest";
import { openLedger, type Spent } from "../../../runtime/plan/index.ts";
import { httpSource } from "../../../runtime/signals/http.ts";
import { textsOf } from "../../../runtime/signals/index.ts";
import type { Answered } from "../../../runtime/signals/source.ts";
import type { AttributeType } from "../../../runtime/table/index.ts";
import {
  answersWith,
  type Behaviour,
  diesInBody,
  diesUnanswered,
  garbage,
  hangs,
  refusingUrl,
} from "../../support/fake-provider.ts";
import { scriptedTransport } from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { provided } from "../proxy/harness.ts";

const PRICE = 1_000_000;

interface Asked {
  readonly answered: Answered;
  readonly attempts: number;
  readonly cost: number | undefined;
  readonly settled: readonly Spent[];
  readonly reserved: readonly { model: string; worst: number; tenant: unknown }[];
}

interface Setting {
  readonly type?: AttributeType;
  readonly price?: number | undefined;
  readonly refuses?: boolean;
}

async function ask(
  url: string,
  { type = { kind: "score" }, price = PRICE, refuses = false }: Setting = {},
): Promise<Asked> {
  const settled: Spent[] = [];
  const reserved: { model: string; worst: number; tenant: unknown }[] = [];
  const clock = virtualClock();
  const ledger = {
    ...openLedger,
    reserve: (...[call, worst, request]: Parameters<typeof openLedger.reserve>) => {
      reserved.push({ model: call.model.name, worst, tenant: request.attribute?.(0) });
      if (refuses) return { failure: "over_budget" as const, detail: "budget `day` is spent" };
      return { settle: (spent: Spent) => void settled.push(spent) };
    },
  };
  const doors = { clock, ledger, random: { next: () => 0.5 }, transport: scriptedTransport(clock, () => []) };
  const source = await httpSource(
    { name: "risk", type, source: { kind: "http", url, ...(price > 0 && { price }) } },
    doors,
  );
  onTestFinished(() => source.close?.());
  const texts = textsOf({ messages: [{ role: "user", content: "hello" }] });
  return new Promise((resolve) => {
    const asking = source.ask({ texts, attribute: () => "acme" }, 0, (answered) =>
      queueMicrotask(() => resolve({ answered, attempts: asking.attempts, cost: asking.cost, settled, reserved })),
    );
  });
}

/** What is answered where the address behaves so. */
async function answered(behaviour: Behaviour, setting?: Setting): Promise<Asked> {
  const fake = await provided();
  fake.always(behaviour);
  return ask(`${fake.url}/score?x=1`, setting);
}

describe("http", () => {
  it("posts what is asked, and takes the value", async () => {
    const fake = await provided();
    fake.always(answersWith(200, { value: 0.25 }));
    const { answered: came, attempts } = await ask(`${fake.url}/score?x=1`);
    expect([came, attempts]).toEqual([{ value: 0.25 }, 1]);
    const [request] = fake.requests;
    expect([request?.method, request?.path, request?.headers["content-type"]]).toEqual([
      "POST",
      "/v1/score?x=1",
      "application/json",
    ]);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      signal: "risk",
      type: { kind: "score" },
      text: "hello",
      messages: [{ role: "user", text: "hello" }],
    });
  });

  it("reserves its price under its own name, and settles it", async () => {
    const { cost, settled, reserved } = await answered(answersWith(200, { value: 1 }));
    expect(reserved).toEqual([{ model: "risk", worst: PRICE, tenant: "acme" }]);
    expect([cost, settled]).toEqual([PRICE, [{ cost: PRICE, input: 0, output: 0 }]]);
  });

  it("is paid for when it fails after it left, and free when it never did", async () => {
    expect(await answered(diesUnanswered)).toMatchObject({ cost: PRICE, settled: [{ cost: PRICE }] });
    expect(await ask(`${await refusingUrl()}/score`)).toMatchObject({ cost: 0, settled: [{ cost: 0 }] });
  });

  it("does not leave where a budget has no room", async () => {
    expect(await answered(answersWith(200, { value: 1 }), { refuses: true })).toMatchObject({
      answered: { missing: "over_budget: budget `day` is spent" },
      attempts: 0,
      cost: 0,
    });
  });

  it("is counted nowhere where the policy states no price", async () => {
    expect(await answered(answersWith(200, { value: 1 }), { price: 0 })).toMatchObject({
      cost: undefined,
      reserved: [],
    });
  });

  it.each<[string, Behaviour, string | RegExp]>([
    ["another status", answersWith(500, { value: 1 }), "it answered with status 500, expected 200"],
    [
      "a redirect",
      answersWith(302, {}, { location: "http://127.0.0.1:1/" }),
      "it answered with status 302, expected 200",
    ],
    ["no JSON", answersWith(200, "fine"), "it gave `undefined`, expected a number from 0 to 1"],
    ["a value of another type", answersWith(200, { value: "high" }), 'it gave `"high"`, expected a number from 0 to 1'],
    [
      "more than 64 kB",
      answersWith(200, { value: 1, rest: "x".repeat(70_000) }),
      "the answer is longer than 65536 bytes",
    ],
    ["half an answer", diesInBody, /^it cannot be reached: /],
    ["no HTTP", garbage, /^it cannot be reached: /],
  ])("has no value for %s", async (_, behaviour, missing) => {
    expect((await answered(behaviour)).answered).toEqual({
      missing: typeof missing === "string" ? missing : expect.stringMatching(missing),
    });
  });

  it("ends its call when nobody waits any more", async () => {
    const fake = await provided();
    fake.always(hangs);
    const clock = virtualClock();
    const doors = {
      clock,
      ledger: openLedger,
      random: { next: () => 0.5 },
      transport: scriptedTransport(clock, () => []),
    };
    const source = await httpSource(
      { name: "risk", type: { kind: "score" }, source: { kind: "http", url: fake.url, price: 5 } },
      doors,
    );
    onTestFinished(() => source.close?.());
    const asking = source.ask({ texts: textsOf({}), attribute: () => undefined }, 0, () => expect.unreachable());
    const { closed } = await fake.arrival(0);
    asking.cancel();
    await closed;
    expect(asking.cost).toBe(5);
  });
});
