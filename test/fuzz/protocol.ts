/** What the runner and its workers say to each other. */

/** A share of the run: what it tries follows from its seed alone. */
export interface Chunk {
  readonly seed: number;
  readonly inputs: number;
}

export interface Outcome {
  /** How many inputs were tried. */
  readonly tried: number;
  /** One of each kind that the worker had not met before. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly text: string;
  readonly fault: string;
}

/** A fault's first line; more than one text may show the same kind. */
export function kindOf(fault: string | undefined): string | undefined {
  return fault?.split("\n", 1)[0];
}

/** What a worker is at, where the runner can see it while the worker is stuck: a counter, a length, the text. */
export class Current {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #text: Buffer;

  constructor(shared = new SharedArrayBuffer(8 + 2 * LONGEST)) {
    this.shared = shared;
    this.#numbers = new Int32Array(shared, 0, 2);
    this.#text = Buffer.from(shared, 8);
  }

  /** Of a longer text than there is room for, the beginning. */
  set text(text: string) {
    Atomics.store(this.#numbers, 1, this.#text.write(text, "utf16le"));
    Atomics.add(this.#numbers, 0, 1);
  }

  get text(): string {
    return this.#text.toString("utf16le", 0, Atomics.load(this.#numbers, 1));
  }

  /** Different for each text. */
  get count(): number {
    return Atomics.load(this.#numbers, 0);
  }
}
const LONGEST = 100_000;
