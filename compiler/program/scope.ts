/** What declarations are checked against. */
import type { Assets } from "./files.ts";
import type { Declared, Names } from "./names.ts";
import type { Attribute, Condition, DeclaredModel, DeclaredProvider, Meter } from "./program.ts";
import type { Report } from "./report.ts";

type OfKind<K extends Declared["kind"]> = Extract<Declared, { kind: K }>;

export interface Scope {
  readonly names: Names;
  readonly report: Report;
  /** The files that a policy names beside other policies: prompts, weights, examples. */
  readonly assets: Assets;
  /** By name, as far as they could be understood; complete once plans, routes, proofs and tests are checked. */
  readonly providers: ReadonlyMap<string, DeclaredProvider>;
  readonly models: ReadonlyMap<string, DeclaredModel>;
  /** What conditions test of it; undefined when its declaration is faulty, which was reported there. */
  attributeOf(declared: OfKind<"attribute"> | OfKind<"signal">): Attribute | undefined;
  /** Undefined when it is faulty, which was reported there. */
  meterOf(declared: OfKind<"meter">): Meter | undefined;
  /** Undefined when it is faulty, which was reported there. */
  conditionOf(declared: OfKind<"let">): Condition | undefined;
}

/** Where an expression stands. */
export interface PlanContext {
  /** What `split` and `spread` hash with the sticky value: the plan's name, or where else they stand. */
  readonly name: string;
  /** The model that `model` stands for, in a `route each`. */
  readonly asked: string | undefined;
}
