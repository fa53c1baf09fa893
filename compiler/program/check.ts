/** From files to a checked program: declare every name, then give each declaration its meaning, then look for what is unused. */
import type { Expression, Failure, Model, Provider } from "../../runtime/table/index.ts";
import { nearest } from "../diagnostics/index.ts";
import type {
  AttributeDeclaration,
  ModelDeclaration,
  RequestDeclaration,
  Expression as TreeExpression,
} from "../syntax/index.ts";
import { letResolver, type Scope } from "./conditions.ts";
import { checkBranches, checkExpression } from "./expressions.ts";
import { checkModel, checkProvider } from "./facts.ts";
import { type Declared, Names } from "./names.ts";
import type { Attribute, Plan, Program, ProgramFile, Route } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";
import { checkRoute } from "./routes.ts";
import { SCALAR_TYPES, type ScalarType, type Type, valueRange } from "./types.ts";
import { checkValue } from "./values.ts";

type DeclaredPlan = Extract<Declared, { kind: "plan" }>;

/** Checks names and types of all files. What could not be understood is reported and left out of the program. */
export function checkProgram(files: readonly ProgramFile[], report: Report): Program {
  const names = declareAll(files, report);
  const attributes = new Map<AttributeDeclaration, Attribute | undefined>();
  const resolveLet = letResolver(() => scope, report);
  const scope: Scope = {
    names,
    report,
    attributeOf: (declared) => attributes.get(declared.declaration),
    conditionOf: resolveLet,
  };

  for (const declared of names.all)
    if (declared.kind === "attribute")
      attributes.set(declared.declaration, checkAttribute(declared.declaration, declared.file.name, report));

  const providers: Provider[] = [];
  const models: Model[] = [];
  const plans: DeclaredPlan[] = [];
  for (const declared of names.all) {
    if (declared.kind === "provider") providers.push(checkProvider(declared.declaration, declared.file, report));
    else if (declared.kind === "plan") plans.push(declared);
    else if (declared.kind === "let") resolveLet(declared);
    else if (declared.kind === "model") {
      const model = checkModelDeclaration(declared.declaration, declared.file, names, report);
      if (model !== undefined) models.push(model);
    }
  }
  const expressions = new Map<string, Expression | undefined>();
  for (const { name, declaration, file } of plans)
    expressions.set(name.text, declaration.broken ? undefined : checkExpression(declaration.run, file, names, report));
  const failuresOf = planFailures(plans, expressions, report);

  const routes: Route[] = [];
  const arrows: { node: TreeExpression; resolved: Expression; file: ProgramFile }[] = [];
  for (const file of files)
    for (const declaration of file.tree.declarations)
      if (declaration.kind === "route") {
        const checked = checkRoute(declaration, file, scope);
        routes.push(checked.route);
        arrows.push(...checked.arrows.map((arrow) => ({ ...arrow, file })));
      }
  checkRouteNames(files, report);
  for (const { node, resolved, file } of arrows) checkBranches(node, resolved, failuresOf, file.name, report);
  warnOfUnused(names, report);

  return {
    files,
    attributes: [...attributes.values()].filter((attribute) => attribute !== undefined),
    providers,
    models,
    plans: plans.flatMap(({ name, declaration, file }): Plan[] => {
      const run = expressions.get(name.text);
      return run === undefined ? [] : [{ name: name.text, run, place: { file: file.name, span: declaration.span } }];
    }),
    routes,
  };
}

function declareAll(files: readonly ProgramFile[], report: Report): Names {
  const names = new Names();
  let request: { declaration: RequestDeclaration; file: ProgramFile } | undefined;
  for (const file of files)
    for (const declaration of file.tree.declarations)
      switch (declaration.kind) {
        case "request":
          if (request !== undefined) {
            report.error("RT2002", file.name, declaration.keyword, "a program has one `request`, and this is another", {
              related: [{ file: request.file.name, span: request.declaration.keyword, message: "the first one" }],
            });
            break;
          }
          request = { declaration, file };
          for (const attribute of declaration.attributes)
            names.declare(
              { kind: "attribute", name: attribute.name, file, declaration: attribute, used: false },
              report,
            );
          break;
        case "provider":
          names.declare({ kind: "provider", name: declaration.name, file, declaration, used: false }, report);
          break;
        case "model":
          names.declare({ kind: "model", name: declaration.name, file, declaration, used: false }, report);
          break;
        case "let":
          names.declare({ kind: "let", name: declaration.name, file, declaration, used: false }, report);
          break;
        case "plan":
          names.declare({ kind: "plan", name: declaration.name, file, declaration, used: false }, report);
          break;
      }
  return names;
}

function checkAttribute(node: AttributeDeclaration, file: string, report: Report): Attribute | undefined {
  const type = checkType(node, file, report);
  // The grammar has no other.
  const from = node.source.text as "header" | "claim" | "metadata" | "body";
  if (from === "body" && !/^(\/([^~/]|~[01])*)+$/.test(node.at.text))
    report.error(
      "RT2004",
      file,
      node.at.span,
      `\`${node.at.text}\` is no JSON pointer: expected one such as \`/user/id\``,
    );
  if (from === "header" && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(node.at.text))
    report.error(
      "RT2004",
      file,
      node.at.span,
      `\`${node.at.text}\` is no header name: expected one such as \`x-team\``,
    );
  if (type === undefined) return undefined;
  const range = valueRange(type);
  const value = node.default && checkValue(node.default, type, range, file, report);
  if (node.default !== undefined && value === undefined) return undefined;
  const at = from === "header" ? node.at.text.toLowerCase() : node.at.text;
  return { name: node.name.text, type, source: { from, at }, default: value, range };
}

function checkType({ type }: AttributeDeclaration, file: string, report: Report): Type | undefined {
  const [first, second] = type.words;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    const members = type.words.map((word) => word.text);
    const again = type.words.find((word, index) => members.indexOf(word.text) < index);
    if (again !== undefined) report.error("RT2002", file, again.span, `\`${again.text}\` is a member already`);
    return { kind: "enum", members: [...new Set(members)] };
  }
  if (!first.quoted && (SCALAR_TYPES as readonly string[]).includes(first.text))
    return { kind: first.text as ScalarType };
  report.error(
    "RT2001",
    file,
    first.span,
    `\`${first.text}\` is no type: expected ${SCALAR_TYPES.join(", ")}, or two or more members with \`|\` between them`,
    {
      ...didYouMean(nearest(first.text, SCALAR_TYPES)),
    },
  );
  return undefined;
}

function checkModelDeclaration(
  node: ModelDeclaration,
  file: ProgramFile,
  names: Names,
  report: Report,
): Model | undefined {
  const provider = names.resolve(node.provider, file, ["provider"], report);
  const model = checkModel(node, file, report);
  return provider && model;
}

/** The failures that can come out of each plan; reports plans that lead back to themselves. */
function planFailures(
  plans: readonly DeclaredPlan[],
  expressions: ReadonlyMap<string, Expression | undefined>,
  report: Report,
): (plan: string) => ReadonlySet<Failure> {
  const byName = new Map(plans.map((plan) => [plan.name.text, plan]));
  const done = new Map<string, ReadonlySet<Failure>>();
  const open: string[] = [];
  const visit = (name: string): ReadonlySet<Failure> => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const plan = byName.get(name);
    const run = expressions.get(name);
    // Nothing is claimed of a plan that is faulty: it may fail in every way.
    const unknown: ReadonlySet<Failure> = new Set<Failure>(["unreachable", "filtered", "refused", "invalid"]);
    if (plan === undefined || run === undefined) return unknown;
    const at = open.indexOf(name);
    if (at >= 0) {
      const round = [...open.slice(at), name].map((part) => `\`${part}\``).join(" → ");
      const { file } = plan;
      report.error("RT3003", file.name, plan.name.span, `plan \`${name}\` leads back to itself: ${round}`);
      for (const part of open.slice(at)) done.set(part, unknown);
      return unknown;
    }
    open.push(name);
    const failures = checkBranches(plan.declaration.run, run, visit, plan.file.name, report);
    open.pop();
    if (!done.has(name)) done.set(name, failures);
    return failures;
  };
  for (const { name } of plans) visit(name.text);
  return visit;
}

function checkRouteNames(files: readonly ProgramFile[], report: Report): void {
  const first = new Map<string, { file: string; span: { start: number; end: number } }>();
  for (const file of files)
    for (const declaration of file.tree.declarations)
      if (declaration.kind === "route")
        for (const { text, span } of declaration.names) {
          const earlier = first.get(text);
          if (earlier === undefined) first.set(text, { file: file.name, span });
          else
            report.error("RT2002", file.name, span, `\`${text}\` has a route already`, {
              related: [{ ...earlier, message: "first served here" }],
            });
        }
}

/**
 * In a file with a route; one without is a library, of which nobody need use all. Withheld while there are errors: what
 * uses a name may stand in what could not be understood.
 */
function warnOfUnused(names: Names, report: Report): void {
  if (report.diagnostics.some(({ severity }) => severity === "error")) return;
  for (const { kind, name, file, used, declaration } of names.all) {
    if (used || !file.tree.declarations.some((other) => other.kind === "route")) continue;
    const what = kind === "attribute" ? "no rule tests" : "nothing uses";
    report.warning("RT5001", file.name, name.span, `${what} the ${kind} \`${name.text}\``, {
      ...(kind !== "attribute" && {
        fix: { title: `remove the ${kind}`, edits: [{ file: file.name, span: declaration.span, text: "" }] },
      }),
    });
  }
}
