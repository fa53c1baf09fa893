/** A quantity over time in a bounded number of stretches: when there are too many, each two become one. */

const STRETCHES = 240;

export type Combine = (earlier: number, later: number) => number;
export const add: Combine = (earlier, later) => earlier + later;
export const last: Combine = (_, later) => later;

export class Series {
  readonly #combine: Combine;
  /** Milliseconds since the epoch at which the first stretch begins. */
  #start = 0;
  #values: (number | undefined)[] = [];
  /** Milliseconds of a stretch. */
  width = 1_000;

  constructor(combine: Combine) {
    this.#combine = combine;
  }

  /** Takes what comes late as of the first stretch. */
  put(time: number, value: number): void {
    if (this.#values.length === 0) this.#start = Math.floor(time / this.width) * this.width;
    let index = Math.max(0, Math.floor((time - this.#start) / this.width));
    while (index >= STRETCHES) {
      this.#halve();
      index = Math.max(0, Math.floor((time - this.#start) / this.width));
    }
    const known = this.#values[index];
    while (this.#values.length <= index) this.#values.push(undefined);
    this.#values[index] = known === undefined ? value : this.#combine(known, value);
  }

  /** The stretches in which there was something, by their beginnings. */
  points(): readonly { readonly x: number; readonly y: number }[] {
    return this.#values.flatMap((y, index) => (y === undefined ? [] : [{ x: this.#start + index * this.width, y }]));
  }

  #halve(): void {
    // Stretches stay aligned to their length, so that those of several series are the same.
    this.width *= 2;
    const start = Math.floor(this.#start / this.width) * this.width;
    const shift = start < this.#start ? 1 : 0;
    const halved: (number | undefined)[] = [];
    for (const [index, value] of this.#values.entries()) {
      const at = (index + shift) >>> 1;
      const known = halved[at];
      halved[at] = known === undefined || value === undefined ? (value ?? known) : this.#combine(known, value);
    }
    this.#start = start;
    this.#values = halved;
  }
}
