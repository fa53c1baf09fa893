/** Places of a compiled program, which count from its main file's folder, as locations of the protocol. */
import { dirname, resolve } from "node:path";
import type { Location } from "vscode-languageserver-protocol";
import type { Place } from "../../compiler/diagnostics/index.ts";
import type { Rule } from "../../compiler/program/program.ts";
import { positionsOf } from "../text/positions.ts";
import { uriOf, type Workspace } from "../workspace.ts";
import type { Compiled } from "./compiled.ts";
import type { RuleAt } from "./protocol.ts";

export interface Places {
  location(place: Place): Location;
  /** What is written there. */
  text(place: Place): string;
  rule(rule: Rule, index: number): RuleAt;
}

export function placesIn({ main, sources }: Pick<Compiled, "main" | "sources">, workspace: Workspace): Places {
  const { encoding } = workspace;
  const [own] = sources.keys();
  /** As the client writes it, where it has opened the file; and a main file may be one that was never saved. */
  const uriOfFile = (file: string): string => {
    if (file === own) return main.uri;
    const path = resolve(dirname(main.path), file);
    return workspace.at(path)?.uri ?? uriOf(path);
  };
  const positions = new Map([...sources].map(([file, text]) => [file, positionsOf(text, encoding)]));
  const location = ({ file, span }: Place): Location => ({
    uri: uriOfFile(file),
    range: (positions.get(file) ?? positionsOf("", encoding)).range(span),
  });
  return {
    location,
    text: ({ file, span }) => (sources.get(file) ?? "").slice(span.start, span.end).replace(/\s+/g, " "),
    rule: ({ text, place }, index) => ({ index, text, location: location(place) }),
  };
}
