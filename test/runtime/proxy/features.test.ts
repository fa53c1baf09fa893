/** What a policy can say beside plans, carried out by the proxy: meters, state, signals, callers, reuse, reload. */
import { describe, expect, test } from "vitest";
import { authenticator, hashKey } from "../../../runtime/auth/index.ts";
import { load, type ProxyOptions } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answers, type FakeProvider, fails } from "../../support/fake-provider.ts";
import { ask, chatBody, errorOf, provided, type Served, serve } from "./harness.ts";

const FACTS = "{ context 8k  output 1k  price { input $1, output $2 }  can [tools, logprobs] }";

interface Policy {
  readonly declarations?: string;
  readonly route: string;
  /** Facts of model `a` in place of the usual. */
  readonly a?: string;
  readonly provider?: string;
}

function source({ declarations = "", route, a = FACTS, provider: more = "" }: Policy, url: string) {
  return load(
    compiled(`
    request {
      tenant string from header "x-tenant" default ""
      tier free | pro from claim "tier" default free
    }
    provider somebody { protocol openai  url "${url}" ${more} }
    model a = somebody "up-a" ${a}
    model b = somebody "up-b" { context 8k  output 1k  price free }
    ${declarations}
    ${route}`),
  );
}

async function served(
  policy: Policy,
  options: ProxyOptions = {},
): Promise<Served & { readonly provider: FakeProvider; replace(next: Policy): Promise<void> }> {
  const provider = await provided();
  const one = await serve(source(policy, provider.url), options);
  return { ...one, provider, replace: (next) => one.proxy.replace(source(next, provider.url)) };
}

const textOf = (body: unknown): string =>
  (body as { readonly choices: readonly { readonly message: { readonly content: string } }[] }).choices[0]?.message
    .content ?? "";

const modelOf = async (response: Promise<Response>): Promise<string | null> =>
  (await response).headers.get("x-routec-model");

describe("a budget", () => {
  // At worst the request is 136 tokens in and 1,000 out, $0.002136; the usual answer takes 9 in and 4 out, $0.000017.
  const BUDGET = { declarations: "budget cap { per tenant  limit $0.004 per day }", route: "route chat -> a else b" };

  test("holds the worst case of each call until it is known what it cost", async () => {
    const { url, provider } = await served(BUDGET);
    const slow: (() => void)[] = [];
    provider.always((request, response, socket) => {
      slow.push(() => answers()(request, response, socket));
    });
    const first = ask(url, chatBody(), { "x-tenant": "acme" });
    await provider.arrival(0);
    const second = ask(url, chatBody(), { "x-tenant": "acme" });
    const other = ask(url, chatBody(), { "x-tenant": "umbrella" });
    await provider.arrival(2);
    expect(provider.requests.map(({ body }) => JSON.parse(body).model).toSorted()).toEqual(["up-a", "up-a", "up-b"]);
    for (const answer of slow.splice(0)) answer();
    expect([await modelOf(first), await modelOf(second), await modelOf(other)]).toEqual(["a", "b", "a"]);
    provider.always(answers());
    expect(await modelOf(ask(url, chatBody(), { "x-tenant": "acme" }))).toBe("a");
  });

  test("that is spent is a failure like any other, and the client is told", async () => {
    const { url } = await served({
      ...BUDGET,
      declarations: "budget cap { limit $0.001 per day }",
      route: "route chat -> a",
    });
    const response = await ask(url);
    expect(await errorOf(response)).toMatchObject({ status: 429, error: { code: "over_budget" } });
  });

  test("is read by rules as it stands", async () => {
    const { url, log } = await served({
      declarations: "budget cap { limit $0.01 per day }",
      route: "route chat { when cap.used > 0% -> b  otherwise -> a }",
    });
    expect(await modelOf(ask(url))).toBe("a");
    expect(await modelOf(ask(url))).toBe("b");
    expect(
      log.map(({ values, attributes }) => values[attributes.findIndex(({ name }) => name === "cap.used")]),
    ).toEqual([0, 17_000]);
  });

  test("that alerts does so once", async () => {
    const alerts: number[] = [];
    const { url } = await served(
      { declarations: "budget cap { limit $0.0022 per day  alert at 1%, 50% }", route: "route chat -> a" },
      { alert: ({ share }) => alerts.push(share) },
    );
    for (let i = 0; i < 3; i++) await (await ask(url)).text();
    expect(alerts).toEqual([1]);
  });

  test("goes on over a new policy", async () => {
    const { url, replace } = await served({
      declarations: "budget cap { limit $0.00215 per day }",
      route: "route chat -> a",
    });
    expect(await modelOf(ask(url))).toBe("a");
    await replace({ declarations: "budget cap { limit $0.00215 per day }", route: "route chat -> a else b" });
    expect(await modelOf(ask(url))).toBe("b");
  });
});

describe("a limit", () => {
  test("of the caller's is 429 with the time to wait, before any model is called", async () => {
    const { url, provider } = await served({
      declarations: "limit calls { per tenant  allow 2 requests per hour }",
      route: "route chat -> a",
    });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(url, chatBody(), { "x-tenant": "acme" })).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await ask(url, chatBody(), { "x-tenant": "acme" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    expect((await ask(url, chatBody(), { "x-tenant": "umbrella" })).status).toBe(200);
    expect(provider.requests).toHaveLength(3);
  });

  test("on a model lets the plan go on without it", async () => {
    const { url } = await served({
      declarations: "limit calls { on a  allow 1 requests per hour }",
      route: "route chat -> a else b",
    });
    expect([await modelOf(ask(url)), await modelOf(ask(url))]).toEqual(["a", "b"]);
  });

  test("that a model or a provider has of its own does so too", async () => {
    const own = FACTS.replace(/ }$/, "  allow 1 requests per hour }");
    const { url } = await served({ a: own, route: "route chat -> a else b" });
    expect([await modelOf(ask(url)), await modelOf(ask(url))]).toEqual(["a", "b"]);
    const whole = await served({ provider: "allow 1 requests per hour", route: "route chat -> a else b" });
    expect((await ask(whole.url)).status).toBe(200);
    expect(await errorOf(await ask(whole.url))).toMatchObject({ status: 429, error: { code: "rate_limit_exceeded" } });
  });
});

describe("a signal", () => {
  test("is computed where the decision needs it, and logged", async () => {
    const { url, log } = await served({
      declarations: "signal pii bool = patterns [email]",
      route: 'route chat { when tenant == "acme" -> a  when pii -> b  otherwise -> a }',
    });
    const mail = chatBody({ messages: [{ role: "user", content: "write to ada@example.com" }] });
    expect([await modelOf(ask(url, mail)), await modelOf(ask(url))]).toEqual(["b", "a"]);
    expect(await modelOf(ask(url, mail, { "x-tenant": "acme" }))).toBe("a");
    expect(log.map(({ signals }) => signals.map(({ name, value }) => `${name} ${value}`))).toEqual([
      ["pii true"],
      ["pii false"],
      [],
    ]);
  });

  test("that asks a model is paid for, and stands in where it cannot be had", async () => {
    const { url, provider, log } = await served({
      declarations: 'signal kind code | other = ask a { code "program code"  other "all else" } else other',
      route: "route chat { when kind == code -> a  otherwise -> b }",
    });
    provider.script(answers("code"), answers("def f(): ..."));
    const first = await ask(url);
    expect(first.headers.get("x-routec-model")).toBe("a");
    expect(first.headers.get("x-routec-cost")).toBe("0.000034");
    provider.script(fails(500));
    expect(await modelOf(ask(url))).toBe("b");
    expect(log.map(({ signals }) => signals.map(({ value, standIn }) => [value, standIn]))).toEqual([
      [["code", false]],
      [["other", true]],
    ]);
  });
});

describe("who calls", () => {
  const KEYS = { pro: "rk_pro", free: "rk_free" };
  const keys = Object.entries(KEYS).map(([tier, key]) => ({
    name: tier,
    sha256: hashKey(key),
    claims: { tier },
    expires: undefined,
  }));
  const auth = async () => ({ authenticate: await authenticator({ keys, issuers: [] }, { clock: Date }) });
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  test("is asked before anything else, and is known to the rules by claims", async () => {
    const { url, provider, log } = await served(
      { route: "route chat { when tier == pro -> a  otherwise -> b }" },
      await auth(),
    );
    expect(await errorOf(await ask(url))).toMatchObject({ status: 401, error: { code: "invalid_api_key" } });
    expect((await ask(url, chatBody(), as("rk_wrong"))).headers.get("www-authenticate")).toContain("invalid_token");
    expect(await modelOf(ask(url, chatBody(), as(KEYS.pro)))).toBe("a");
    expect(await modelOf(ask(url, chatBody(), as(KEYS.free)))).toBe("b");
    expect(provider.requests).toHaveLength(2);
    expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(log.map(({ key }) => key)).toEqual(["key:pro", "key:free"]);
  });

  test("sees the routes that are for them, and no other", async () => {
    const { url } = await served(
      { route: "route chat -> b\nroute best { for tier == pro  otherwise -> a }" },
      await auth(),
    );
    const models = async (key: string) => {
      const listed = await (await fetch(`${url}/v1/models`, { headers: as(key) })).json();
      return (listed as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
    };
    expect([await models(KEYS.pro), await models(KEYS.free)]).toEqual([["chat", "best"], ["chat"]]);
    expect((await fetch(`${url}/v1/models/best`, { headers: as(KEYS.free) })).status).toBe(404);
    const refused = await errorOf(await ask(url, chatBody({ model: "best" }), as(KEYS.free)));
    expect(refused).toMatchObject({ status: 404, error: { message: "no route serves the model `best`" } });
    expect(await modelOf(ask(url, chatBody({ model: "best" }), as(KEYS.pro)))).toBe("a");
  });
});

describe("reuse", () => {
  const REUSE: Policy = { route: "route chat { reuse 5m per tenant  otherwise -> a }" };

  test("gives the same answer again at no cost, and says so", async () => {
    const { url, provider, log } = await served(REUSE);
    provider.script(answers("first"), answers("second"));
    const texts: string[] = [];
    const reused: (string | null)[] = [];
    for (const tenant of ["acme", "acme", "umbrella"]) {
      const response = await ask(url, chatBody(), { "x-tenant": tenant });
      texts.push(textOf(await response.json()));
      reused.push(response.headers.get("x-routec-reused"));
    }
    expect(texts).toEqual(["first", "first", "second"]);
    expect(reused).toEqual([null, log[0]?.decision, null]);
    expect(log.map(({ reused: id, calls }) => [id, calls.length])).toEqual([
      [undefined, 1],
      [log[0]?.decision, 0],
      [undefined, 1],
    ]);
  });

  test("costs what the signals cost that were asked to decide it", async () => {
    const { url, provider } = await served({
      declarations: 'signal kind code | other = ask a { code "program code"  other "all else" } else other',
      route: "route chat { reuse 5m  when kind == code -> a  otherwise -> b }",
    });
    provider.script(answers("code"), answers("def f(): ..."), answers("code"));
    const costs = [await ask(url), await ask(url)].map(({ headers }) => headers.get("x-routec-cost"));
    expect(costs).toEqual(["0.000034", "0.000017"]);
  });

  test("gives a stream again as a stream", async () => {
    const { url, provider } = await served(REUSE);
    const [first, again] = [
      await (await ask(url, chatBody({ stream: true }))).text(),
      await (await ask(url, chatBody({ stream: true }))).text(),
    ];
    expect(again).toBe(first);
    expect(provider.requests).toHaveLength(1);
  });

  test("is left alone where the client says `no-cache`", async () => {
    const { url, provider } = await served(REUSE);
    for (let i = 0; i < 2; i++) await (await ask(url, chatBody(), { "cache-control": "no-cache" })).text();
    expect(provider.requests).toHaveLength(2);
  });
});

test("in a strict route a model that would have to leave a parameter out is not called", async () => {
  const { url, provider } = await served({
    route: "route chat { strict  otherwise -> a with { reasoning low } else b }\nroute lax -> a with { reasoning low }",
  });
  expect(await modelOf(ask(url))).toBe("b");
  expect((await ask(url, chatBody({ model: "lax" }))).headers.get("x-routec-dropped")).toBe("reasoning");
  expect(provider.requests).toHaveLength(2);
});

test("a new policy is served from the next request on, and the request under way ends on the old one", async () => {
  const { url, provider, replace, proxy } = await served({ route: "route chat -> a" });
  const held: (() => void)[] = [];
  provider.script((request, response, socket) => {
    held.push(() => answers()(request, response, socket));
  });
  const before = ask(url);
  await provider.arrival(0);
  const old = proxy.policies.current.policy.table.hash;
  await replace({ route: "route chat -> b" });
  const after = await ask(url);
  held[0]?.();
  expect((await before).headers.get("x-routec-policy")).toBe(old);
  expect(await modelOf(before)).toBe("a");
  expect([after.headers.get("x-routec-model"), after.headers.get("x-routec-policy")]).toEqual([
    "b",
    proxy.policies.current.policy.table.hash,
  ]);
});

test("a policy that cannot be served changes nothing", async () => {
  const { url, replace } = await served({ route: "route chat -> a" });
  const route = "route chat -> a with { reasoning 4096 }";
  await expect(replace({ route })).rejects.toThrow("`reasoning 4096`");
  expect(await modelOf(ask(url))).toBe("a");
});
