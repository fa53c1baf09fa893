/** All patterns of an attribute as one automaton. */
import type { Dfa } from "./automaton.ts";
import { MAX_PRODUCT_TRANSITIONS, MAX_SIGNATURES, TooComplex } from "./limits.ts";
import type { Alphabet } from "./units.ts";

/** A complete automaton whose every state, reachable all, says which patterns hold of a text that ends there. */
export interface Product {
  readonly alphabet: Alphabet;
  /** How many states there are. */
  readonly size: number;
  /** `next[state * alphabet.size + class]` is the state that follows. */
  readonly next: Int32Array;
  /** Of every state, an index into `signatures`. */
  readonly labels: Int32Array;
  /** One character a pattern, `1` where it holds. Every signature here is realised by some text. */
  readonly signatures: readonly string[];
}

/**
 * The automata, which must share `alphabet`, run side by side. They are paired like players in a tournament: each
 * intermediate product is a projection of the final one, so none is larger than it.
 *
 * @throws TooComplex
 */
export function productOf(automata: readonly Dfa[], alphabet: Alphabet): Product {
  const [first] = automata;
  if (first === undefined) {
    return { alphabet, size: 1, next: new Int32Array(alphabet.size), labels: new Int32Array(1), signatures: [""] };
  }
  if (automata.length === 1) return labelled(first);
  const half = automata.length >> 1;
  return pair(productOf(automata.slice(0, half), alphabet), productOf(automata.slice(half), alphabet));
}

function labelled({ alphabet, size, next, accepts }: Dfa): Product {
  const signatures = [...new Set(accepts)].map(String);
  const labels = Int32Array.from(accepts, (flag) => signatures.indexOf(String(flag)));
  return { alphabet, size, next, labels, signatures };
}

function pair(left: Product, right: Product): Product {
  const classes = left.alphabet.size;
  const next: number[] = [];
  const labels: number[] = [];
  const signatures = new Map<string, number>();
  // A pair of states is the number left * right.size + right.
  const pairs: number[] = [];
  const numbers = new Map<number, number>();
  const numberOf = (l: number, r: number): number => {
    const code = l * right.size + r;
    const known = numbers.get(code);
    if (known !== undefined) return known;
    const signature = signatureOf(left, l) + signatureOf(right, r);
    const label = signatures.get(signature) ?? signatures.size;
    signatures.set(signature, label);
    labels.push(label);
    numbers.set(code, pairs.length);
    if ((pairs.length + 1) * classes > MAX_PRODUCT_TRANSITIONS) {
      throw new TooComplex(`the patterns together need more than ${MAX_PRODUCT_TRANSITIONS} transitions`);
    }
    if (signatures.size > MAX_SIGNATURES) {
      throw new TooComplex(`more than ${MAX_SIGNATURES} combinations of the patterns can hold`);
    }
    return pairs.push(code) - 1;
  };
  numberOf(0, 0);
  for (let number = 0; number < pairs.length; number++) {
    const code = pairs[number] ?? 0;
    const l = Math.floor(code / right.size) * classes;
    const r = (code % right.size) * classes;
    for (let unitClass = 0; unitClass < classes; unitClass++) {
      next.push(numberOf(left.next[l + unitClass] ?? 0, right.next[r + unitClass] ?? 0));
    }
  }
  return {
    alphabet: left.alphabet,
    size: pairs.length,
    next: Int32Array.from(next),
    labels: Int32Array.from(labels),
    signatures: [...signatures.keys()],
  };
}

function signatureOf(product: Product, state: number): string {
  return product.signatures[product.labels[state] ?? 0] ?? "";
}
