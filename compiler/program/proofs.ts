/** Proofs: names and types of what they claim. */
import type { ProveDeclaration, RouteName, Claim as TreeClaim, Condition as TreeCondition } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { checkCondition } from "./conditions.ts";
import { checkModelCondition, checkModelSet, resolveModel } from "./model-facts.ts";
import type { Claim, Condition, ProgramFile, Proof, Route } from "./program.ts";
import { resolveRoute } from "./route-names.ts";
import type { Scope } from "./scope.ts";
import type { Type } from "./types.ts";
import { checkValue } from "./values.ts";

type BoundClaim = Extract<Claim, { readonly bound: number }>;

/** How a claim bounds a number. */
interface Bounding {
  readonly type: Type;
  /** The least and the greatest bound that says something. */
  readonly range: readonly [min: number, max: number];
}

const BOUNDS: Readonly<Record<BoundClaim["kind"], Bounding>> = {
  cost: { type: { kind: "money" }, range: [0, LARGEST] },
  attempts: { type: { kind: "int" }, range: [0, LARGEST] },
  // None or more is what every plan has.
  providers: { type: { kind: "int" }, range: [1, LARGEST] },
  time: { type: { kind: "duration" }, range: [0, LARGEST] },
};

/** Undefined when it is faulty, after reporting. */
export function checkProof(
  node: ProveDeclaration,
  file: ProgramFile,
  routes: readonly Route[],
  scope: Scope,
): Proof | undefined {
  const on = checkOn(node.on, routes, file, scope);
  const premise = node.premise === undefined ? ALWAYS : checkPremise(node.premise, file, scope);
  const seen = new Set<string>();
  const known = node.claims.map((claim) => {
    const once = onceOnly(claim);
    if (once !== undefined && seen.has(once)) {
      scope.report.error("RT2008", file.name, claim.span, `\`${once}\` is claimed twice`);
      return undefined;
    }
    if (once !== undefined) seen.add(once);
    return checkClaim(claim, file, scope);
  });
  const claims = known.filter((claim) => claim !== undefined);
  if (on.length < node.on.length || premise === undefined || claims.length < known.length) return undefined;
  const span = { start: node.keyword.start, end: node.name.span.end };
  return { name: node.name.text, on, premise, claims, place: { file: file.name, span } };
}

const ALWAYS: Condition = { kind: "always" };

function checkOn(names: readonly RouteName[], routes: readonly Route[], file: ProgramFile, scope: Scope): string[] {
  const found = new Set<string>();
  for (const name of names)
    if (found.has(name.text)) scope.report.error("RT2008", file.name, name.span, `\`${name.text}\` is given twice`);
    else if (resolveRoute(name, routes, file, scope) !== undefined) found.add(name.text);
  return [...found];
}

/** As any condition; but that a proof tests an attribute does not make it one that a rule tests. */
function checkPremise(node: TreeCondition, file: ProgramFile, scope: Scope): Condition | undefined {
  const untested = scope.names.attributes.filter(({ used }) => !used);
  const premise = checkCondition(node, file, scope);
  for (const attribute of untested) attribute.used = false;
  return premise;
}

/** How a claim is called that a second of its kind would contradict or repeat. */
function onceOnly(claim: TreeClaim): string | undefined {
  if (claim.kind === "bound") return claim.of.text;
  return claim.kind === "no_reject" ? "no reject" : undefined;
}

function checkClaim(node: TreeClaim, file: ProgramFile, scope: Scope): Claim | undefined {
  const place = { file: file.name, span: node.span };
  switch (node.kind) {
    case "every": {
      const condition = checkModelCondition(node.condition, file, scope);
      return condition && { kind: "every", condition, place };
    }
    case "never": {
      const models =
        "text" in node.models ? checkOne(node.models, file, scope) : checkModelSet(node.models, file, scope);
      return models && { kind: "never", models, place };
    }
    case "bound": {
      const bound = checkBound(node, file, scope);
      return bound && { ...bound, place };
    }
    case "no_reject":
      return { kind: "no_reject", place };
  }
}

function checkOne(...model: Parameters<typeof resolveModel>): readonly string[] | undefined {
  const name = resolveModel(...model);
  return name === undefined ? undefined : [name];
}

function checkBound(
  { of, value }: Extract<TreeClaim, { kind: "bound" }>,
  file: ProgramFile,
  { report }: Scope,
): Pick<BoundClaim, "kind" | "bound"> | undefined {
  // The grammar has no other.
  const kind = of.text as BoundClaim["kind"];
  const { type, range } = BOUNDS[kind];
  const bound = checkValue(value, type, range, file.name, report);
  return typeof bound === "number" ? { kind, bound } : undefined;
}
