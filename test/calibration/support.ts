/** Policies and outcomes for calibration, each in a line. */

import { type CalibrateOptions, type Calibration, calibrate } from "../../compiler/calibration/calibrate.ts";
import { readRecords } from "../../compiler/calibration/records.ts";
import { compileProgram } from "../../compiler/index.ts";
import { seeded } from "../../runtime/signals/training/random.ts";

const PROVIDER = `provider demo {
  protocol openai
  url      "https://demo.example"
}
`;

function model(name: string, input: number): string {
  return `model ${name} = demo "org/${name}-v1" {
  context 200k
  output  4k
  price   { input $${input}, output $${input * 4} }
  can     [logprobs]
}
`;
}

/** Models `small`, `medium` and `large`. */
export const MODELS = [PROVIDER, model("small", 1), model("medium", 5), model("large", 25)].join("\n");

export const CASCADE = `${MODELS}
plan careful = cascade {
  small  accept when confidence >= 0.5
  large
}

route chat -> careful
`;

export function compiledPolicy(text: string) {
  const { program, table, diagnostics } = compileProgram({ text, path: "main.route" });
  if (table === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return { program, table };
}

export const DEFAULTS: CalibrateOptions = {
  wanted: { kind: "quality", least: 0.9, isShare: false },
  route: undefined,
  only: undefined,
  names: new Map(),
  strong: undefined,
  heldOut: 0.5,
  seed: 1,
};

/** Calibrates a policy on records, written as JSON lines. */
export function calibrated(
  text: string,
  records: readonly object[],
  options: Partial<CalibrateOptions> = {},
): Calibration {
  const lines = records.map((record) => JSON.stringify(record)).join("\n");
  return calibrate(compiledPolicy(text), readRecords("outcomes.jsonl", lines), { ...DEFAULTS, ...options });
}

export interface Kind {
  /** From how sure the small model is, how likely it is right. */
  readonly small?: (sure: number) => number;
  readonly large?: number;
  readonly sure?: (random: () => number) => number;
}

/** Outcomes of `small` and `large` in which `small` is right as often as its confidence says, or as told. */
export function outcomes(
  count: number,
  { small = (sure) => sure, large = 0.95, sure = (random) => random() }: Kind = {},
) {
  const random = seeded(7);
  return Array.from({ length: count }, (_, id) => {
    const confidence = Math.round(sure(random) * 1000) / 1000;
    return {
      id,
      models: {
        small: { correct: random() < small(confidence), cost: 0.001, confidence },
        large: { correct: random() < large, cost: 0.02 },
      },
    };
  });
}
