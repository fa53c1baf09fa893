/** Traffic through a policy, in a line. */
import { join } from "node:path";
import { compile } from "../../compiler/index.ts";
import { type Replayed, type ReplayOptions, replay } from "../../compiler/replay/index.ts";
import { load, type Policy } from "../../runtime/table/index.ts";
import { folder } from "../support/routec.ts";

/** Two models of two providers; a token of `small` costs a micro-dollar, one of `large` ten. */
export const MODELS = `
provider near { protocol simulated }
provider far  { protocol simulated }

model small = near "small-1" { context 100k  output 10k  price { input $1, output $1 } }
model large = far  "large-1" { context 100k  output 10k  price { input $10, output $10 } }
`;

export function policyOf(text: string): Policy {
  const { table, diagnostics } = compile({ text: MODELS + text });
  if (table === undefined) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return load(table);
}

export type Options = Partial<Omit<ReplayOptions, "mapping">> & {
  readonly set?: Readonly<Record<string, string>>;
  readonly columns?: Readonly<Record<string, string>>;
};

const DEFAULTS = { outages: [], stated: new Map(), by: [], seed: 1 };

/** `lines` are those of a file of its own. */
export async function replayed(policy: Policy, lines: readonly string[], options: Options = {}): Promise<Replayed> {
  const path = join(folder({ traffic: `${lines.join("\n")}\n` }), "traffic");
  const { set = {}, columns = {}, ...rest } = options;
  const mapping = { set: new Map(Object.entries(set)), columns: new Map(Object.entries(columns)) };
  return replay(path, policy, { ...DEFAULTS, ...rest, mapping });
}

export const NOON = Date.UTC(2026, 2, 2, 12);

/** A line of a decision log whose request came `seconds` after noon. */
export function logged(seconds: number, ...attempts: readonly object[]): string {
  const calls = attempts.map((attempt) => ({ provider: "near", end: "complete", ms: 1_000, cost: 0, ...attempt }));
  const last = calls.at(-1) as { model?: string; end?: string };
  return JSON.stringify({
    ...{
      format: 1,
      id: `r${seconds}`,
      time: NOON + seconds * 1_000,
      policy: "sha256:0",
      route: "chat",
      rule: "chat:0",
    },
    ...{ asked: "chat", outcome: "answered", status: 200, stream: false, attributes: {}, model: last?.model },
    ...{ attempts: calls, input: 0, output: 0, cost: 0, ms: 1_000 },
  });
}
