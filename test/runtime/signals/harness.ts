/** Signals of a compiled policy on virtual time, over a scripted transport. */
import { compile } from "../../../compiler/index.ts";
import type { Doors, Ledger, UpstreamCall } from "../../../runtime/plan/index.ts";
import { linkAll } from "../../../runtime/plan/link.ts";
import { type Signalling, type SignalOptions, signalRunner, textsOf } from "../../../runtime/signals/index.ts";
import { load, type PolicyRoute, type Value } from "../../../runtime/table/index.ts";
import { chatCompletion } from "../../support/fake-provider.ts";
import {
  answer,
  type Script,
  type ScriptedTransport,
  scriptedTransport,
  wait,
} from "../../support/scripted-transport.ts";
import { type VirtualClock, virtualClock } from "../../support/virtual-time.ts";

/** What an answer of the fake provider costs: 9 prompt tokens at $1 and 4 of completion at $2 per million, in nano-dollars. */
export const COST = 9 * 1_000 + 4 * 2_000;

const MODELS = `
provider lab { protocol openai  url "http://127.0.0.1:9/v1" }
model asked = lab "asked-1" { context 8k  output 100  price { input $1, output $2 } }
model words = lab "words-1" { context 200  output 1  price { input $1, output $2 }  can [embeddings] }
model big   = lab "big-1"   { context 128k  output 1k  price { input $1, output $2 } }
`;

/** Files that policies of the tests may name. */
export const FILES: Readonly<Record<string, string>> = {
  "hard.md": "How hard is this?",
  "faq.jsonl": '"How do I reset my password?"\n"Where are my invoices?"\n',
  "weights.json": '{ "version": 1, "bias": -1, "weights": { "prove": 3 } }',
};

/** What signals declare, and what the route's rules are. */
export interface Setting {
  readonly signals: string;
  readonly rules: string;
  readonly request?: string;
  readonly text?: string;
  /** What the call of a model meets. */
  readonly script?: (call: UpstreamCall, index: number) => Script;
  readonly modules?: SignalOptions["modules"];
  readonly ledger?: Ledger;
  readonly deadline?: number;
  readonly known?: Readonly<Record<string, Value>>;
}

export interface Begun {
  readonly clock: VirtualClock;
  readonly transport: ScriptedTransport;
  readonly ledger: CountingLedger;
  readonly signalling: Signalling;
  /** The signals' values so far, by name. */
  readonly values: () => Readonly<Record<string, Value | undefined>>;
  /** How often the decision could be made. */
  readonly decided: () => number;
  /** The next request to the same signals. */
  readonly again: (text: string) => Promise<Begun>;
}

export function policyOf({ signals, rules, request = "" }: Pick<Setting, "signals" | "rules" | "request">) {
  const text = `${request}${MODELS}${signals}\nroute chat {\n${rules}\n}\n`;
  const fileSystem = {
    read: (path: string) => Buffer.from(FILES[path.slice(path.lastIndexOf("/") + 1)] ?? ""),
    real: (path: string) => path,
  };
  const { table, diagnostics } = compile({ text, path: "main.route" }, { fileSystem });
  if (table === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return load(table);
}

/** Starts the signals of a request and lets virtual time stand still. */
export async function begin(setting: Setting): Promise<Begun> {
  const policy = policyOf(setting);
  const [route] = policy.routes;
  if (route === undefined) throw new Error("no route");
  const clock = virtualClock();
  const transport = scriptedTransport(clock, setting.script ?? (() => says("yes")));
  const ledger = countingLedger(setting.ledger);
  const doors: Doors = { clock, transport, ledger, random: { next: () => 0.5 } };
  const plans = linkAll(policy.table);
  const runner = await signalRunner(policy.table, {
    doors,
    plans,
    ...(setting.modules !== undefined && { modules: setting.modules }),
  });
  const start = async (text: string): Promise<Begun> => begun(text, { route, policy, clock, transport, ledger });
  const begun = (text: string, rest: BegunFrom): Begun => {
    const names = rest.policy.table.attributes.map(({ name }) => name);
    const values: (Value | undefined)[] = names.map((name) => setting.known?.[name]);
    let decided = 0;
    const signalling = runner.run({
      route: rest.route,
      values,
      request: { texts: textsOf({ messages: [{ role: "user", content: text }] }), attribute: (index) => values[index] },
      deadlineAt: clock.elapsed() + (setting.deadline ?? 60_000),
      done: () => void decided++,
    });
    const signals = new Set(rest.policy.table.signals.map(({ name }) => name));
    return {
      ...rest,
      signalling,
      values: () => Object.fromEntries(names.flatMap((name, i) => (signals.has(name) ? [[name, values[i]]] : []))),
      decided: () => decided,
      again: start,
    };
  };
  return start(setting.text ?? "hello");
}

interface BegunFrom {
  readonly route: PolicyRoute;
  readonly policy: ReturnType<typeof policyOf>;
  readonly clock: VirtualClock;
  readonly transport: ScriptedTransport;
  readonly ledger: CountingLedger;
}

/** A whole answer of that text, after so many milliseconds. */
export function says(text: string, after = 10): Script {
  return [...wait(after), ...answer(chatCompletion(text))];
}

/** An answer to a call for embeddings: the vector of each text by what it has in it. */
export function embeds(call: UpstreamCall, after = 10): Script {
  const { input } = JSON.parse(call.body.toString()) as { input: readonly string[] };
  const data = input.map((text, index) => ({
    object: "embedding",
    index,
    embedding: ["password", "invoice", "weather"].map((word) => (text.toLowerCase().includes(word) ? 1 : 0.1)),
  }));
  // In no order: `index` counts.
  const body = {
    object: "list",
    data: data.toReversed(),
    model: "words-1",
    usage: { prompt_tokens: 5, total_tokens: 5 },
  };
  return [...wait(after), ...answer(body)];
}

export interface CountingLedger extends Ledger {
  readonly reserved: { readonly model: string; readonly worst: number; settled: number | undefined }[];
}

function countingLedger(inner: Ledger | undefined): CountingLedger {
  const reserved: CountingLedger["reserved"] = [];
  return {
    reserved,
    reserve(call, worst, request, most) {
      const entry = { model: call.model.name, worst, settled: undefined as number | undefined };
      reserved.push(entry);
      return (
        inner?.reserve(call, worst, request, most) ?? {
          settle({ cost }) {
            entry.settled = cost;
          },
        }
      );
    },
  };
}
