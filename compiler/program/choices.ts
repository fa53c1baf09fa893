/** Choosing one of several models, and drawing by shares: selectors, `spread`, `adaptive`, and what `split` has of it. */
import type { AdaptiveWeights, Expression, SelectExpression } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Adaptive, Literal, Name, Selector, Span, Spread } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { BUILT_IN_NAMES } from "./builtins.ts";
import { checkModelSet, checkModels } from "./model-facts.ts";
import { mayDeclare } from "./operands.ts";
import { checkDecimal } from "./options.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

const WEIGHTS = ["cost", "latency", "errors"] as const;

export function checkSelector(node: Selector, file: ProgramFile, scope: Scope): Expression | undefined {
  const models = checkModelSet(node.set, file, scope);
  // The grammar has no other order.
  return models && { kind: "select", order: node.order.text as SelectExpression["order"], models: [...models] };
}

/** @param name what is hashed with the value of `by`. */
export function checkSpread(node: Spread, file: ProgramFile, scope: Scope, name: string): Expression | undefined {
  const models = checkModels(
    node.shares.map((share) => share.name),
    file,
    scope,
  );
  const shares = spreadShares(node, file, scope.report);
  const by = checkSticky(node.by, file, scope);
  if (models === undefined || shares === undefined || by === undefined) return undefined;
  return { kind: "spread", name, ...by, sides: models.map((model, i) => ({ model, share: shares[i] as number })) };
}

/** All models have a share, or none has: then all have the same. */
function spreadShares({ shares, span }: Spread, file: ProgramFile, report: Report): readonly number[] | undefined {
  if (shares.length === 0) {
    report.error("RT3007", file.name, span, "this `spread` has no model");
    return undefined;
  }
  const written = shares.flatMap(({ share }) => share ?? []);
  if (written.length === 0) return shares.map(() => 100 / shares.length);
  if (written.length === shares.length) return checkShares(written, 0, firstWord("spread", span), file, report);
  const without = shares.filter(({ share }) => share === undefined).map(({ name }) => `\`${name.text}\``);
  const message = `${without.join(", ")} ${without.length === 1 ? "has" : "have"} no share, while others have`;
  report.error("RT3006", file.name, shares.find(({ share }) => share === undefined)?.span ?? span, message, {
    help: "give every model a share, or none: then all have the same",
  });
  return undefined;
}

/** Percentages of at least `least` that make 100; undefined after reporting, at `at` if it is their sum. */
export function checkShares(
  shares: readonly Literal[],
  least: number,
  at: Span,
  file: ProgramFile,
  report: Report,
): readonly number[] | undefined {
  const read = shares.map((share) => checkValue(share, { kind: "percent" }, [least, 100], file.name, report));
  const known = read.filter((share) => typeof share === "number");
  if (known.length < read.length) return undefined;
  const sum = known.reduce((total, share) => total + share, 0);
  if (sum === 100) return known;
  report.error("RT3006", file.name, at, `the shares make \`${sum}%\`: expected \`100%\``);
  return undefined;
}

/** Of a form that begins with its keyword, where that stands. */
export function firstWord(keyword: string, { start }: Span): Span {
  return { start, end: start + keyword.length };
}

/** The attribute after `by`, if there is one; undefined when it is none of the request's, after reporting. */
export function checkSticky(by: Name | undefined, file: ProgramFile, scope: Scope): { by?: string } | undefined {
  if (by === undefined) return {};
  const { names, report } = scope;
  if (BUILT_IN_NAMES.has(by.text)) {
    report.error(
      "RT2011",
      file.name,
      by.span,
      `\`${by.text}\` is built in: \`by\` takes an attribute of the \`request\``,
    );
    return undefined;
  }
  if (names.find(by.text, file) === undefined && mayDeclare(file)) return undefined;
  const declared = names.resolve(by, file, ["attribute"], report);
  const attribute = declared && scope.attributeOf(declared);
  return attribute && { by: attribute.name };
}

export function checkAdaptive(node: Adaptive, file: ProgramFile, scope: Scope): Expression | undefined {
  const models = checkModelSet(node.set, file, scope);
  const weights = checkWeights(node, file, scope.report);
  return models && weights && { kind: "adaptive", models: [...models], weights };
}

/** As written: what they are relative to each other is for the runtime. */
function checkWeights({ weights, span }: Adaptive, file: ProgramFile, report: Report): AdaptiveWeights | undefined {
  const read: AdaptiveWeights = {};
  const seen = new Set<string>();
  let faulty = false;
  for (const { name, value } of weights) {
    const weight = WEIGHTS.find((known) => known === name.text);
    if (weight === undefined) {
      const message = `there is no weight \`${name.text}\`: expected ${WEIGHTS.join(", ")}`;
      report.error("RT2006", file.name, name.span, message, didYouMean(nearest(name.text, WEIGHTS)));
    } else if (seen.has(weight)) report.error("RT2008", file.name, name.span, `\`${weight}\` is given twice`);
    else {
      seen.add(weight);
      const number = checkDecimal(value, [0, LARGEST], file, report);
      if (number !== undefined) {
        read[weight] = number;
        continue;
      }
    }
    faulty = true;
  }
  if (faulty) return undefined;
  if (Object.values(read).some((weight) => weight > 0)) return read;
  report.error("RT2007", file.name, firstWord("adaptive", span), "an `adaptive` has at least one weight above 0", {
    help: "say what matters, such as `by { cost 0.5, latency 0.5 }`",
  });
  return undefined;
}
