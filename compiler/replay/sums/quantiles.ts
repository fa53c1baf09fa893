/** Percentiles of a stream of numbers, each within a hundredth of its value, in memory that does not grow with it. */
import { DDSketch } from "@datadog/sketches-js";

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Quantiles {
  readonly #sketch = new DDSketch({ relativeAccuracy: 0.01 });

  /** 0 or more. */
  add(value: number): void {
    this.#sketch.accept(value);
  }

  /** Undefined where nothing was added. */
  percentiles(): Percentiles | undefined {
    if (this.#sketch.count === 0) return undefined;
    const at = (q: number): number => Math.min(this.#sketch.max, this.#sketch.getValueAtQuantile(q));
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: this.#sketch.max };
  }
}
