/** `textDocument/codeLens`: what became of tests and proofs, and how a route decides. */
import type { CodeLens } from "vscode-languageserver-protocol";
import { requestText } from "../../compiler/diagnostics/request.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";

/** The commands of the server, which the client calls with `workspace/executeCommand`. */
export const COMMANDS = { runTest: "routec.runTest", explain: "routec.explain", witness: "routec.witness" } as const;

export function codeLenses(document: Document, workspace: Workspace): CodeLens[] {
  const tests = workspace.foundIn(document, (understanding) => understanding.tests);
  const proofs = workspace.foundIn(document, (understanding) => understanding.proofs);
  return document.pieces.flatMap(({ start, piece }) =>
    piece.declarations.flatMap((declaration): CodeLens[] => {
      const at = (span: Span) => document.positions.range(moved(span, start));
      const lens = (span: Span, title: string, command: string, ...rest: unknown[]): CodeLens => ({
        range: at(span),
        command: { title, command, arguments: [document.uri, ...rest] },
      });
      switch (declaration.kind) {
        case "test": {
          const { text } = declaration.title;
          const known = tests.find(({ title }) => title === text);
          const failure = known?.failures[0];
          const state = known === undefined ? "▶ run" : failure === undefined ? "✓ passes · run" : `✗ ${failure} · run`;
          return [lens(declaration.keyword, state, COMMANDS.runTest, text)];
        }
        case "prove": {
          const own = moved(declaration.name.span, start);
          const known = proofs.find(({ span }) => span.start <= own.start && own.end <= span.end);
          if (known === undefined) return [];
          if (known.holds)
            return [lens(declaration.keyword, "✓ proved for all requests", COMMANDS.witness, known.name)];
          const shown = known.witness === undefined ? (known.message ?? "") : requestText(known.witness);
          return [lens(declaration.keyword, `✗ ${shown}`, COMMANDS.witness, known.name)];
        }
        case "route": {
          const [name] = declaration.names;
          return name === undefined || name.text === ""
            ? []
            : [lens(declaration.keyword, "explain a request", COMMANDS.explain, name.text)];
        }
        default:
          return [];
      }
    }),
  );
}
