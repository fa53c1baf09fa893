/** The request that shows a finding. */
import { printable } from "./cells.ts";
import type { Witness } from "./diagnostic.ts";

/** For people: `send chat { tier free, region eu }`, then `given …` for signals and state: the form that the language's tests have. */
export function requestText({ written }: Witness): string {
  return printable(written.join("  "));
}

/** The same for programs: what `routec explain --request` takes. */
export function requestJson({ route, attributes, signals, state }: Witness): object {
  return { route, attributes, signals, state };
}
