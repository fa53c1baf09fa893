/** State that rules may test: what meters have counted, and how providers are. It is read once per decision. */
import { nearest } from "../diagnostics/index.ts";
import type { Name } from "../syntax/index.ts";
import type { Declared } from "./names.ts";
import { type Subject, subjectOf } from "./operands.ts";
import type { Attribute, Bound, Interval, ProgramFile } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";

type Owner = Extract<Declared, { kind: "meter" | "provider" }>;

const VIEWS = {
  budget: ["used", "left"],
  limit: ["used"],
  commit: ["behind", "pace"],
  provider: ["health"],
} as const;

/** By view. */
const known = new WeakMap<Owner, Map<string, Attribute>>();

/** `tenant_month.used`; reports a view that its owner does not have. */
export function stateOf(owner: Owner, view: Name, file: ProgramFile, scope: Scope): Subject | undefined {
  const kind = owner.kind === "meter" ? owner.declaration.meter : "provider";
  const views: readonly string[] = VIEWS[kind];
  if (!views.includes(view.text)) {
    const all = views.map((name) => `\`${owner.name.text}.${name}\``).join(" and ");
    scope.report.error("RT2001", file.name, view.span, `a ${kind} has no \`${view.text}\`: expected ${all}`, {
      ...didYouMean(nearest(view.text, views)),
    });
    return undefined;
  }
  if (owner.kind === "provider") return subjectOf(health(owner));
  const meter = scope.meterOf(owner);
  if (meter === undefined) return undefined;
  const { facts } = meter;
  if (facts.kind === "budget") return spending(owner, view.text === "left", facts.limit);
  if (facts.kind === "limit") return subjectOf(numbered(owner, "used", [0, 100]));
  if (view.text === "pace") return subjectOf(numbered(owner, "pace", [0, Number.MAX_SAFE_INTEGER]));
  return subjectOf(
    attributeOf(owner, "behind", (name) => ({
      name,
      type: { kind: "bool" },
      source: { from: "state", of: owner.name.text, read: "behind" },
      default: false,
      range: [0, 0],
    })),
  );
}

/**
 * A budget's `.used` (percent) and `.left` (money) are two views of one number, what has been spent, so that
 * contradictions between them are seen.
 */
function spending(owner: Owner, left: boolean, limit: number): Subject {
  const of = owner.name.text;
  const attribute = attributeOf(owner, "used", (name) => ({
    name,
    type: { kind: "money" },
    source: { from: "state", of, read: "spent" },
    default: 0,
    range: [0, limit],
  }));
  if (left)
    return {
      name: `${of}.left`,
      attribute,
      type: { kind: "money" },
      range: [0, limit],
      seen: ({ kind, from, to }) => {
        const mirrored = (bound: Bound | undefined): Bound | undefined =>
          bound && { value: limit - bound.value, included: bound.included };
        return { kind, from: mirrored(to), to: mirrored(from) };
      },
    };
  return {
    name: `${of}.used`,
    attribute,
    type: { kind: "percent" },
    range: [0, 100],
    seen: (interval) => sharesOf(limit, interval),
  };
}

/** An interval of percentages as one of whole nano-dollars, exactly. */
function sharesOf(limit: number, { kind, from, to }: Interval): Interval {
  const share = (percent: number): { floor: number; ceil: number } => {
    const scaled = BigInt(limit) * BigInt(percent);
    const floor = scaled / 100n;
    return { floor: Number(floor), ceil: Number(scaled % 100n === 0n ? floor : floor + 1n) };
  };
  // Spending is whole: beyond 0.5 means beyond 0, and from 0.5 on means from 1 on.
  const lower = from && { value: share(from.value)[from.included ? "ceil" : "floor"], included: from.included };
  const upper = to && { value: share(to.value)[to.included ? "floor" : "ceil"], included: to.included };
  return { kind, from: lower, to: upper };
}

function numbered(owner: Owner, read: "used" | "pace", range: readonly [number, number]): Attribute {
  return attributeOf(owner, read, (name) => ({
    name,
    type: { kind: "percent" },
    source: { from: "state", of: owner.name.text, read },
    default: 0,
    range,
  }));
}

function health(owner: Owner): Attribute {
  return attributeOf(owner, "health", (name) => ({
    name,
    type: { kind: "enum", members: ["up", "degraded", "down"] },
    source: { from: "state", of: owner.name.text, read: "health" },
    default: "up",
    range: [0, 0],
  }));
}

/** The same attribute whenever the same state is tested: conditions are compared by it. */
function attributeOf(owner: Owner, view: string, make: (name: string) => Attribute): Attribute {
  let own = known.get(owner);
  if (own === undefined) {
    own = new Map();
    known.set(owner, own);
  }
  const attribute = own.get(view) ?? make(`${owner.name.text}.${view}`);
  own.set(view, attribute);
  return attribute;
}
