/** What recorded calls of a model were like: an even sample of them, from which calls that were not recorded are drawn. */
import { seededRandom } from "../../../runtime/simulation/index.ts";
import type { RecordedCall } from "../traffic/arrival.ts";
import { numberOf } from "./draw.ts";

/** Calls that are kept of each model. */
const KEPT = 4_096;

export interface Fits {
  add(call: RecordedCall): void;
  /** Undefined where none was recorded. */
  of(model: string): Fit | undefined;
  /** Tokens of an answer, on average; undefined where none was recorded. */
  readonly meanOutput: number | undefined;
}

export interface Fit {
  readonly sample: readonly RecordedCall[];
  /** How many were recorded. */
  readonly calls: number;
}

/** `named` gives the policy's name of a model. The sample is reservoir sampling (Vitter, "Algorithm R", 1985). */
export function fitting(seed: number, named: (model: string) => string): Fits {
  const models = new Map<string, { sample: RecordedCall[]; calls: number; next: () => number }>();
  let [outputs, answers] = [0, 0];
  return {
    add(call) {
      if (call.output !== undefined) {
        outputs += call.output;
        answers++;
      }
      const name = named(call.model);
      let fit = models.get(name);
      if (fit === undefined) {
        fit = { sample: [], calls: 0, next: seededRandom(seed ^ numberOf(name)).next };
        models.set(name, fit);
      }
      fit.calls++;
      if (fit.sample.length < KEPT) {
        fit.sample.push(call);
        return;
      }
      const place = Math.floor(fit.next() * fit.calls);
      if (place < KEPT) fit.sample[place] = call;
    },
    of: (model) => models.get(model),
    get meanOutput() {
      return answers === 0 ? undefined : Math.round(outputs / answers);
    },
  };
}
