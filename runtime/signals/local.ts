/** Signals that ask nobody. */

import { readWeights } from "../table/classifier-weights.ts";
import type { Signal, Value } from "../table/index.ts";
import { classifier } from "./classifier.ts";
import { keywords } from "./keywords.ts";
import { language } from "./language.ts";
import { patterns } from "./patterns/index.ts";
import { SignalError } from "./signal-error.ts";
import type { RequestTexts } from "./texts.ts";

/**
 * What a signal that asks nobody is of a request's texts; undefined for one that asks somebody. `patterns` look at all
 * messages, since all of them are sent; the others at what the user asked last.
 *
 * @throws SignalError on weights that are none
 */
export function localSignal({ name, type, source }: Signal): ((texts: RequestTexts) => Value) | undefined {
  switch (source.kind) {
    case "patterns": {
      const test = patterns(source);
      return ({ all }) => test(all);
    }
    case "keywords": {
      const test = keywords(source.words);
      return ({ asked }) => test(asked);
    }
    case "language": {
      const tell = language(type.kind === "enum" ? type.members : []);
      return ({ asked }) => tell(asked);
    }
    case "classifier": {
      const weights = readWeights(source.weights, type);
      if (typeof weights === "string")
        throw new SignalError(`the weights of signal \`${name}\` will not do: ${weights}`);
      const classify = classifier(weights);
      return ({ asked }) => classify(asked);
    }
    default:
      return undefined;
  }
}
