/** The boxes of a route's rules, to be found by where they are. */
import { BoxIndex } from "./box-index.ts";
import { type Box, boxesDisjoint, type Space } from "./boxes.ts";
import type { Point } from "./points.ts";

export interface RuleBox {
  readonly rule: number;
  readonly box: Box;
}

export class RuleBoxes {
  readonly space: Space;
  /** Of each rule. */
  readonly of: readonly (readonly Box[])[];
  readonly #all: readonly RuleBox[];
  readonly #index: BoxIndex;
  /** Of each rule how many boxes those before it have. */
  readonly #starts: readonly number[];

  constructor(of: readonly (readonly Box[])[], space: Space) {
    this.space = space;
    this.of = of;
    this.#all = of.flatMap((own, rule) => own.map((box) => ({ rule, box })));
    this.#index = new BoxIndex(space);
    for (const { box } of this.#all) this.#index.add(box);
    let before = 0;
    this.#starts = of.map((own) => {
      const start = before;
      before += own.length;
      return start;
    });
  }

  /** The boxes of rules from `first` up to before `end` that have something in common with this one, in order. */
  near(box: Box, first: number, end: number): RuleBox[] {
    const near: RuleBox[] = [];
    for (const number of this.#index.numbersNear(box, this.#startOf(first), this.#startOf(end))) {
      const each = this.#all[number] as RuleBox;
      if (!boxesDisjoint(each.box, box)) near.push(each);
    }
    return near;
  }

  /** The first rule among them that `is` and accepts a point. */
  ruleAt(point: Point, first: number, end: number, is: (rule: number) => boolean): number | undefined {
    const isOne = (number: number): boolean => is(this.#ruleOf(number));
    const number = this.#index.firstAt(point, this.#startOf(first), this.#startOf(end), isOne);
    return number === undefined ? undefined : this.#ruleOf(number);
  }

  #startOf(rule: number): number {
    return this.#starts[rule] ?? this.#all.length;
  }

  #ruleOf(number: number): number {
    return (this.#all[number] as RuleBox).rule;
  }
}
