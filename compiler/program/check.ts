/** From files to a checked program: declare every name, then give each declaration its meaning, then look for what is unused. */
import type { Expression } from "../../runtime/table/artifact.ts";
import type { Place } from "../diagnostics/index.ts";
import type { RequestDeclaration, Expression as TreeExpression } from "../syntax/index.ts";
import { checkAttribute } from "./attributes.ts";
import { letResolver } from "./conditions.ts";
import { checkEachRoutes } from "./each.ts";
import { checkExpression } from "./expressions.ts";
import type { Assets } from "./files.ts";
import { checkMeter } from "./meters.ts";
import { warnOfDirections } from "./misleading.ts";
import { checkModel } from "./models.ts";
import { type Declared, Names } from "./names.ts";
import { checkOutcome, planOutcomes } from "./outcomes.ts";
import type { DeclaredModel, DeclaredProvider, Plan, Program, ProgramFile, Proof, Route, TestCase } from "./program.ts";
import { checkProof } from "./proofs.ts";
import { checkProvider } from "./providers.ts";
import type { Report } from "./report.ts";
import { checkRoute } from "./routes.ts";
import type { Scope } from "./scope.ts";
import { checkSignal } from "./signals.ts";
import { checkTest } from "./tests.ts";
import { checkZone } from "./zone.ts";

type Of<K extends Declared["kind"]> = Extract<Declared, { kind: K }>;

/** Checks names and types of all files. What could not be understood is reported and left out of the program. */
export function checkProgram(files: readonly ProgramFile[], assets: Assets, report: Report): Program {
  const names = declareAll(files, report);
  const zone = checkZone(files, report);
  const providers = new Map<string, DeclaredProvider>();
  const models = new Map<string, DeclaredModel>();
  const scope: Scope = {
    names,
    report,
    assets,
    providers,
    models,
    attributeOf: once((declared) =>
      declared.kind === "signal"
        ? signalOf(declared)?.attribute
        : checkAttribute(declared.declaration, declared.file.name, report),
    ),
    meterOf: once((declared) => checkMeter(declared, scope)),
    conditionOf: letResolver(() => scope, report),
  };
  const signalOf = once((declared: Of<"signal">) => checkSignal(declared, scope));

  const attributes = all(names, "attribute").flatMap((declared) => scope.attributeOf(declared) ?? []);
  for (const declared of all(names, "provider")) {
    const provider = checkProvider(declared.declaration, declared.file, scope);
    if (provider !== undefined) providers.set(declared.name.text, provider);
  }
  for (const declared of all(names, "model")) {
    const model = checkModel(declared.declaration, declared.file, scope);
    if (model !== undefined) models.set(declared.name.text, model);
  }
  const signals = all(names, "signal").flatMap((declared) => signalOf(declared) ?? []);
  const meters = all(names, "meter").flatMap((declared) => scope.meterOf(declared) ?? []);
  for (const declared of all(names, "let")) scope.conditionOf(declared);

  const plans = all(names, "plan");
  const expressions = new Map<string, Expression | undefined>();
  for (const { name, declaration, file } of plans)
    expressions.set(
      name.text,
      declaration.broken
        ? undefined
        : checkExpression(declaration.run, file, scope, { name: name.text, asked: undefined }),
    );
  const routes: Route[] = [];
  const arrows: { node: TreeExpression; resolved: Expression; file: ProgramFile; asked?: readonly DeclaredModel[] }[] =
    [];
  for (const file of files)
    for (const declaration of file.tree.declarations)
      if (declaration.kind === "route" && declaration.each === undefined) {
        const checked = checkRoute(declaration, file, scope);
        routes.push(checked.route);
        arrows.push(...checked.arrows.map((arrow) => ({ ...arrow, file })));
      }
  checkRouteNames(files, report);
  const each = checkEachRoutes(files, routes, scope);
  routes.push(...each.routes);
  arrows.push(...each.arrows);
  const runs = arrows.map(({ resolved }) => resolved);
  const outcomes = planOutcomes(plans, expressions, runs, scope);
  for (const { node, resolved, file, asked } of arrows) checkOutcome(node, resolved, outcomes, file, scope, asked);
  const { proofs, tests } = checkClaims(files, routes, scope);
  for (const file of files) warnOfDirections(file, report);
  warnOfUnused(names, report);

  return {
    files,
    zone,
    attributes,
    signals,
    meters,
    providers: [...providers.values()],
    models: [...models.values(), ...each.models],
    plans: plans.flatMap(({ name, declaration, file }): Plan[] => {
      const run = expressions.get(name.text);
      return run === undefined ? [] : [{ name: name.text, run, place: { file: file.name, span: declaration.span } }];
    }),
    routes,
    proofs,
    tests,
  };
}

function all<K extends Declared["kind"]>(names: Names, kind: K): Of<K>[] {
  return [...names.all].filter((declared): declared is Of<K> => declared.kind === kind);
}

/** The same function, which asks and reports but once about each declaration. */
function once<D extends Declared, T>(read: (declared: D) => T): (declared: D) => T {
  const known = new Map<D, T>();
  return (declared) => {
    if (!known.has(declared)) known.set(declared, read(declared));
    return known.get(declared) as T;
  };
}

const CLAIMS = { prove: "proof", test: "test" } as const;

/** Proofs and tests have names of their own, apart from all others. */
function checkClaims(files: readonly ProgramFile[], routes: readonly Route[], scope: Scope) {
  const proofs: Proof[] = [];
  const tests: TestCase[] = [];
  const taken = new Map<string, Place>();
  for (const file of files)
    for (const declaration of file.tree.declarations) {
      if (declaration.kind !== "prove" && declaration.kind !== "test") continue;
      const { text, span } = declaration.kind === "prove" ? declaration.name : declaration.title;
      const key = `${declaration.kind} ${text}`;
      const first = taken.get(key);
      if (first !== undefined)
        scope.report.error("RT2002", file.name, span, `there is a ${CLAIMS[declaration.kind]} \`${text}\` already`, {
          related: [{ ...first, message: "the first one" }],
        });
      else taken.set(key, { file: file.name, span });
      if (declaration.broken) continue;
      if (declaration.kind === "prove") {
        const proof = checkProof(declaration, file, routes, scope);
        if (proof !== undefined) proofs.push(proof);
      } else {
        const test = checkTest(declaration, file, routes, scope);
        if (test !== undefined) tests.push(test);
      }
    }
  return { proofs, tests };
}

function declareAll(files: readonly ProgramFile[], report: Report): Names {
  const names = new Names();
  let request: { declaration: RequestDeclaration; file: ProgramFile } | undefined;
  for (const file of importsFirst(files))
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
        case "signal":
          names.declare({ kind: "signal", name: declaration.name, file, declaration, used: false }, report);
          break;
        case "meter":
          names.declare({ kind: "meter", name: declaration.name, file, declaration, used: false }, report);
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

/** Each file after those that it imports: of two that declare a name, the one that sees the other is at fault. */
function importsFirst(files: readonly ProgramFile[]): Iterable<ProgramFile> {
  const ordered = new Set<ProgramFile>();
  const add = (file: ProgramFile): void => {
    if (ordered.has(file)) return;
    for (const imported of file.imports) add(imported);
    ordered.add(file);
  };
  for (const file of files) add(file);
  return ordered;
}

function checkRouteNames(files: readonly ProgramFile[], report: Report): void {
  const first = new Map<string, { file: string; span: { start: number; end: number } }>();
  for (const file of files)
    for (const declaration of file.tree.declarations)
      if (declaration.kind === "route" && declaration.each === undefined)
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
    // A meter counts and holds back by itself.
    if (used || kind === "meter" || !file.tree.declarations.some((other) => other.kind === "route")) continue;
    const what = kind === "attribute" ? "no rule tests" : "nothing uses";
    report.warning("RT5001", file.name, name.span, `${what} the ${kind} \`${name.text}\``, {
      ...(kind !== "attribute" && {
        fix: {
          title: `remove the ${kind}`,
          edits: [{ file: file.name, span: declaration.span, text: "" }],
          unsafe: true,
        },
      }),
    });
  }
}
