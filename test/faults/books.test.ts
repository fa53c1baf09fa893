/**
 * Two workers under a load of everything that can happen to a call: what the provider billed, what the log says, what the
 * metrics say and what the ledger has on disk is one number.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { budgetsSpent } from "../../runtime/ledger/spent.ts";
import { createDurableStore } from "../../runtime/ledger/stores/durable.ts";
import { load } from "../../runtime/table/index.ts";
import {
  type ArrivedRequest,
  answers,
  type Behaviour,
  chatEvents,
  diesInBody,
  diesInStream,
  diesUnanswered,
  fails,
  hangs,
  streams,
} from "../support/fake-provider.ts";
import { provided, served } from "./harness.ts";
import { ask, decisions, metric, policyOf } from "./service.ts";

const DECLARATIONS = `
budget cap { limit $100 per month }
model slow = somebody "up-slow" { context 8k  output 1k  price { input $3, output $4 } }
model ill = somebody "up-ill" { context 8k  output 1k  price { input $5, output $6 } }
route chat -> (a with { retries 1 } else b) with { timeout 500ms }
route hedged -> hedge { a after 20ms slow } with { timeout 500ms }
route tripping -> (ill else a) with { timeout 500ms }
route judged -> cascade { a accept when output_tokens > 1000, slow } with { timeout 500ms }
`;

const [role = "", word = ""] = chatEvents("Hello there.");

/** What the provider does is in the request: the text of its message names it. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  well: answers(),
  busy: fails(429),
  down: fails(503),
  wrong: fails(400),
  dies: diesUnanswered,
  breaks: (request, response, socket) =>
    (isStream(request) ? diesInStream(role, word) : diesInBody)(request, response, socket),
  silent: (request, response, socket) => (isStream(request) ? streams(role, word) : hangs)(request, response, socket),
};

function isStream({ body }: ArrivedRequest): boolean {
  return JSON.parse(body).stream === true;
}

const bodyOf = ({ body }: ArrivedRequest) =>
  JSON.parse(body) as { readonly model: string; readonly messages: readonly { readonly content: string }[] };

const nanoDollars = (dollars: number): number => Math.round(dollars * 1e9);

test("log, metrics, ledger and provider agree to the nano-dollar", async () => {
  const provider = await provided();
  /** Clients who leave when their request has come to the provider, by its number. */
  const leaving = new Map<string, AbortController>();
  provider.always((request, response, socket) => {
    const { model, messages } = bodyOf(request);
    const [what = "", number = ""] = messages.at(-1)?.content.split(" ") ?? [];
    leaving.get(number)?.abort();
    if (model === "up-ill") fails(503)(request, response, socket);
    else if (what === "late" && model === "up-a") hangs(request, response, socket);
    else (BEHAVIOURS[what] ?? answers())(request, response, socket);
  });
  const service = await served(provider.url, DECLARATIONS, { args: ["--workers", "2"] });

  const all = [...Object.keys(BEHAVIOURS), "late"].flatMap((content) =>
    ["chat", "hedged", "tripping", "judged"].flatMap((model) =>
      [true, false].flatMap((stream) => [true, false].map((leaves) => ({ content, model, stream, leaves }))),
    ),
  );
  /** Of all that had a head. */
  const ids: (string | null)[] = [];
  const send = async ({ model, content, stream, leaves }: (typeof all)[number], number: number): Promise<void> => {
    const gone = new AbortController();
    if (leaves) leaving.set(String(number), gone);
    const messages = [{ role: "user", content: `${content} ${number}` }];
    const asked = ask(service, { model, stream, messages }, { connection: "close" }, gone.signal);
    await asked.then(
      async (response) => {
        ids.push(response.headers.get("x-routec-decision"));
        await response.text().catch(() => {});
      },
      () => {},
    );
  };
  // While every breaker is closed: how soon the failures below open them is the machine's to say.
  await send({ content: "breaks", model: "chat", stream: true, leaves: false }, all.length);
  for (let at = 0; at < all.length; at += 16)
    await Promise.all(all.slice(at, at + 16).map((each, index) => send(each, at + index)));
  // The service learns a little later that a client has left.
  while ((await metric(service, "routec_requests_in_flight")) > 0);

  const costs = await metric(service, "routec_cost_usd_total");
  const requests = await metric(service, "routec_requests_total");
  expect(await service.stop()).toBe(0);
  const log = decisions(service);
  const attempts = log.flatMap((line) => line.attempts);
  const spent = log.reduce((sum, { cost }) => sum + nanoDollars(cost), 0);
  const logged = log.map(({ id }) => id);
  expect(new Set(logged).size).toBe(logged.length);
  expect(logged).toEqual(expect.arrayContaining(ids));
  expect([logged.length, requests]).toEqual([all.length + 1, all.length + 1]);
  expect(attempts.reduce((sum, { cost }) => sum + nanoDollars(cost), 0)).toBe(spent);
  expect(nanoDollars(costs)).toBe(spent);
  expect(await onDisk(join(service.folder, ".routec"), provider.url)).toBe(spent);

  // A call that was called off before its connection was open never arrived.
  expect(attempts.length).toBeGreaterThanOrEqual(provider.requests.length);
  const arrived = (model: string): number =>
    provider.requests.filter((request) => bodyOf(request).model === model).length;
  expect(attempts.filter(({ model }) => model === "b")).toHaveLength(arrived("up-b"));
  // Each worker's breaker lets five calls through, and those that are under way by then.
  expect(arrived("up-ill")).toBeLessThan(all.length / 4);
  expect(new Set(log.map(({ outcome }) => outcome))).toEqual(new Set(["answered", "broken", "cancelled", "exhausted"]));
});

async function onDisk(folder: string, url: string): Promise<number> {
  const { table } = compile({ text: policyOf(url, DECLARATIONS), path: "main.route" });
  const store = createDurableStore({ folder });
  const spent = await budgetsSpent(load(table).table, store, Date.now());
  await store.close();
  return spent.get("cap") ?? 0;
}
