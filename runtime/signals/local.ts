/** Signals that ask nobody. */
import type { Signal, Value } from "../table/index.ts";
import { classifier } from "./classifier.ts";
import { keywords } from "./keywords.ts";
import { LANGUAGES, language } from "./language.ts";
import { patterns } from "./patterns/index.ts";
import { SignalError } from "./signal-error.ts";
import type { RequestTexts } from "./texts.ts";
import { readWeights } from "./weights.ts";

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
      const members = type.kind === "enum" ? type.members : [];
      const strange = members.find((member) => member !== "other" && !LANGUAGES.includes(member));
      if (strange !== undefined) {
        const known = [...LANGUAGES].sort().join(", ");
        throw new SignalError(
          `signal \`${name}\`: \`${strange}\` is no language that is told apart: expected ${known}`,
        );
      }
      const tell = language(members);
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
