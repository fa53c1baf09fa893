/** `route each provider as "provider/*"`: one route for each model of a provider. */
import type { Expression as TableExpression } from "../../runtime/table/artifact.ts";
import type { Expression, RouteDeclaration } from "../syntax/index.ts";
import { asWritten, formatExpression } from "../syntax/index.ts";
import { cataloguedModels } from "./catalogued.ts";
import { checkExpression } from "./expressions.ts";
import type { DeclaredModel, ProgramFile, Route } from "./program.ts";
import { DEFAULT_DEADLINE } from "./routes.ts";
import type { Scope } from "./scope.ts";

export interface EachRoutes {
  readonly routes: readonly Route[];
  readonly arrows: readonly {
    readonly node: Expression;
    readonly resolved: TableExpression;
    readonly file: ProgramFile;
    /** All models that can be asked for. */
    readonly asked: readonly DeclaredModel[];
  }[];
  /** Catalogued models that nobody declared: their names have a slash, so that no declaration has them. */
  readonly models: readonly DeclaredModel[];
}

/** A route that has a name of its own wins over one of `each`. */
export function checkEachRoutes(files: readonly ProgramFile[], named: readonly Route[], scope: Scope): EachRoutes {
  const found: { -readonly [K in keyof EachRoutes]: EachRoutes[K][number][] } = { routes: [], arrows: [], models: [] };
  const taken = new Set(named.flatMap(({ names }) => names));
  const byEach = new Map<string, { node: RouteDeclaration; file: ProgramFile }>();
  for (const file of files)
    for (const node of file.tree.declarations) {
      if (node.kind !== "route" || node.each === undefined || node.run === undefined) continue;
      const models = modelsOf(node, node.each.text, file, scope, found.models);
      const asked: DeclaredModel[] = [];
      for (const model of models) {
        const name = node.names[0]?.text.replace("*", () => model.facts.upstream) ?? "";
        const other = byEach.get(name);
        if (other !== undefined && other.node !== node) {
          reportTaken(name, node, other, file, scope);
          break;
        }
        if (taken.has(name)) continue;
        taken.add(name);
        byEach.set(name, { node, file });
        const before = scope.report.diagnostics.length;
        const run = checkExpression(node.run, file, scope, { name, asked: model.facts.name });
        // What is wrong with one is wrong with all.
        if (run === undefined || scope.report.diagnostics.length > before) break;
        if (found.arrows.every((arrow) => arrow.node !== node.run))
          found.arrows.push({ node: node.run, resolved: run, file, asked });
        asked.push(model);
        found.routes.push(routeOf(node, name, run, file));
      }
    }
  return found;
}

/** Of two providers' models under one name neither can be meant silently. */
function reportTaken(
  name: string,
  node: RouteDeclaration,
  other: { node: RouteDeclaration; file: ProgramFile },
  file: ProgramFile,
  scope: Scope,
): void {
  const [pattern, first] = [node.names[0], other.node.names[0]];
  if (pattern === undefined || first === undefined) return;
  scope.report.error(
    "RT2002",
    file.name,
    pattern.span,
    `\`${name}\` has a route already, from another \`route each\``,
    {
      help: 'give the two patterns of their own, such as `"eu/*"` and `"us/*"`',
      related: [{ file: other.file.name, span: first.span, message: "first served here" }],
    },
  );
}

function routeOf(node: RouteDeclaration, name: string, run: TableExpression, file: ProgramFile): Route {
  const span = { start: node.keyword.start, end: node.names.at(-1)?.span.end ?? node.keyword.end };
  const written = node.run === undefined ? "" : formatExpression(node.run, asWritten(file.text));
  const rule = {
    text: `-> ${written}`,
    condition: { kind: "always" },
    run,
    place: { file: file.name, span: node.run?.span ?? span },
  } as const;
  return {
    names: [name],
    for: undefined,
    strict: false,
    reuse: undefined,
    deadline: DEFAULT_DEADLINE,
    rules: [rule],
    matches: [],
    whens: [],
    place: { file: file.name, span },
    broken: node.broken,
  };
}

function modelsOf(
  node: RouteDeclaration,
  provider: string,
  file: ProgramFile,
  scope: Scope,
  implied: DeclaredModel[],
): readonly DeclaredModel[] {
  const { names, report, models, providers } = scope;
  const [pattern] = node.names;
  if (node.each === undefined || pattern === undefined || node.broken) return [];
  const declared = names.resolve(node.each, file, ["provider"], report);
  if (pattern.text.split("*").length !== 2) {
    report.error(
      "RT2004",
      file.name,
      pattern.span,
      `\`${pattern.text}\` has not one \`*\`: it stands for the model's name`,
      {
        help: `such as \`"${provider}/*"\``,
      },
    );
    return [];
  }
  const facts = providers.get(provider)?.facts;
  if (declared === undefined || facts === undefined) return [];
  const own = [...models.values()].filter((model) => model.facts.provider === provider);
  for (const model of own) {
    const found = names.find(model.facts.name, file);
    if (found !== undefined) found.used = true;
  }
  const place = { file: file.name, span: node.each.span };
  const upstreams = new Set(own.map((model) => model.facts.upstream));
  const others = cataloguedModels(declared.declaration)
    .filter((model) => !upstreams.has(model.upstream))
    .map((model): DeclaredModel => {
      const name = `${provider}/${model.upstream}`;
      return { facts: { ...model, name, provider }, note: undefined, place };
    });
  implied.push(...others.filter(({ facts: { name } }) => implied.every((known) => known.facts.name !== name)));
  if (own.length + others.length === 0)
    report.error(
      "RT3007",
      file.name,
      node.each.span,
      `\`${provider}\` has no model: none is declared, and none is catalogued`,
    );
  return [...own, ...others];
}
