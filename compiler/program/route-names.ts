/** Names of routes, where proofs and tests refer to them. */
import { nearest } from "../diagnostics/index.ts";
import type { RouteName } from "../syntax/index.ts";
import type { ProgramFile, Route } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";

/** The route of which this is a name, `*` too; reports when there is none. */
export function resolveRoute(
  { text, span }: RouteName,
  routes: readonly Route[],
  file: ProgramFile,
  { report }: Scope,
): Route | undefined {
  const route = routeOf(text, routes);
  if (route !== undefined || text === "" || mayBeUnread(routes, file)) return route;
  const known = routes.flatMap(({ names }) => names);
  report.error("RT2001", file.name, span, `there is no route \`${text}\``, didYouMean(nearest(text, known)));
  return undefined;
}

/** The route that a request for this name comes to: the name's own, or else `*`; reports when there is none. */
export function resolveServed(
  name: RouteName,
  routes: readonly Route[],
  file: ProgramFile,
  scope: Scope,
): Route | undefined {
  if (!name.any) return routeOf(name.text, routes) ?? routeOf("*", routes) ?? resolveRoute(name, routes, file, scope);
  scope.report.error("RT2011", file.name, name.span, "`*` is every name that no other route has: expected one name", {
    help: 'such as `"any-other"`',
  });
  return undefined;
}

function routeOf(name: string, routes: readonly Route[]): Route | undefined {
  return routes.find(({ names }) => names.includes(name));
}

/** Whether a file sees a route whose name could not be read, or a `route each` that came to nothing. */
function mayBeUnread(routes: readonly Route[], file: ProgramFile): boolean {
  const came = (from: ProgramFile, start: number): boolean =>
    routes.some(({ place }) => place.file === from.name && place.span.start === start);
  return [file, ...file.imports].some((from) =>
    from.tree.declarations.some(
      (node) =>
        node.kind === "route" &&
        (node.names.some(({ text }) => text === "") || (node.each !== undefined && !came(from, node.keyword.start))),
    ),
  );
}
