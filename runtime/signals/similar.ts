/** `similar`: whether the text is near one of the examples, by the cosine of their embeddings. */
import type { Doors } from "../plan/index.ts";
import type { SimilarSignal } from "../table/index.ts";
import type { LinkedModel } from "./call-model.ts";
import { dot, type Embedded, embed, embedAll } from "./embed.ts";
import type { AskedSource, SignalRequest } from "./source.ts";

type Tell = (embedded: Embedded) => void;

/**
 * The examples are embedded when the signal is first wanted, in calls beside the one for the request, and then kept.
 * What these calls cost is reserved with the attributes of the request that came first, and outlives it. Where they fail
 * the next request tries again.
 */
export function similarSource(source: SimilarSignal, model: LinkedModel, doors: Doors): AskedSource {
  const examples = kept((attribute, tell) => embedAll(model, source.examples, attribute, doors, tell));
  return {
    kind: "asked",
    ask({ texts, attribute }, deadlineAt, tell) {
      // Providers refuse an empty text, and nothing is near it.
      if (texts.asked.trim() === "") {
        tell({ value: false });
        return { attempts: 0, cost: 0, cancel() {} };
      }
      let mine: Embedded | undefined;
      let theirs: Embedded | undefined;
      let gone = false;
      const compare = (): void => {
        if (gone || mine === undefined || theirs === undefined) return;
        if ("missing" in mine) tell(mine);
        else if ("missing" in theirs) tell(theirs);
        else tell({ value: isNear(mine.vectors, theirs.vectors, source.above) });
      };
      examples(attribute, (embedded) => {
        theirs = embedded;
        compare();
      });
      const asking = embed(model, [texts.asked], attribute, doors, deadlineAt, (embedded) => {
        mine = embedded;
        compare();
      });
      return {
        get attempts() {
          return asking.attempts;
        },
        get cost() {
          return asking.cost;
        },
        cancel() {
          gone = true;
          asking.cancel();
        },
      };
    },
  };
}

/** All vectors have length 1. Those of another model's dimension are near nothing. */
function isNear([mine]: readonly Float64Array[], theirs: readonly Float64Array[], above: number): boolean {
  return mine !== undefined && theirs.some((vector) => vector.length === mine.length && dot(mine, vector) > above);
}

/** Does `load` once for all who ask, and again after it failed. */
function kept(load: (attribute: SignalRequest["attribute"], tell: Tell) => void) {
  let had: Embedded | undefined;
  let waiting: Tell[] | undefined;
  return (attribute: SignalRequest["attribute"], tell: Tell): void => {
    if (had !== undefined) {
      tell(had);
      return;
    }
    if (waiting !== undefined) {
      waiting.push(tell);
      return;
    }
    waiting = [tell];
    load(attribute, (embedded) => {
      if (!("missing" in embedded)) had = embedded;
      const all = waiting ?? [];
      waiting = undefined;
      for (const each of all) each(embedded);
    });
  };
}
