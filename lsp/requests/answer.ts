/** Which request of a client's own is answered by which part. */
import type { CancellationToken } from "vscode-languageserver-protocol";
import { DiagnosticSeverity } from "vscode-languageserver-protocol";
import { requestJson } from "../../compiler/diagnostics/request.ts";
import { diagnosticsOf } from "../features/diagnostics.ts";
import type { Session } from "../session.ts";
import type { Document } from "../text/document.ts";
import { type Compiled, compiledFor } from "./compiled.ts";
import { diffWith } from "./diff.ts";
import { formOf } from "./form.ts";
import { whatHappens } from "./happening.ts";
import {
  type Checked,
  type DiffParams,
  type OfPolicy,
  type Problem,
  REQUESTS,
  type RunTestsParams,
  type Shown,
  type WhatHappensParams,
  type WitnessParams,
} from "./protocol.ts";
import { decisionTable } from "./table.ts";
import { runTestsOf, testsIn } from "./testing.ts";

interface Connection {
  // biome-ignore lint/suspicious/noExplicitAny: what comes is what the client sends.
  onRequest(method: string, handler: (...given: any[]) => unknown): unknown;
}

const GONE: Problem = { problem: "there is no such file" };

/** @param current undefined before the client has begun, and after it has ended. */
export function answerRequests(connection: Connection, current: () => Session | undefined): void {
  /** Answers of a document. */
  function on<P extends OfPolicy, R>(
    method: string,
    answer: (document: Document, params: P, session: Session, token: CancellationToken) => R,
  ): void {
    connection.onRequest(method, (params: P, token: CancellationToken) => {
      const session = current();
      const document = session?.workspace.find(params.textDocument.uri);
      return session === undefined || document === undefined ? GONE : answer(document, params, session, token);
    });
  }

  /** Answers of a policy without errors. */
  function onCompiled<P extends OfPolicy, R>(
    method: string,
    answer: (compiled: Compiled, params: P, session: Session) => R,
  ): void {
    on(method, (document, params: P, session) => {
      const compiled = compiledFor(document, session.workspace);
      return "problem" in compiled ? compiled : answer(compiled, params, session);
    });
  }

  connection.onRequest(REQUESTS.check, async (...given: unknown[]): Promise<Checked> => {
    // It has no parameters: then the token comes first.
    const token = given.at(-1) as CancellationToken;
    const session = current();
    await session?.settledAll(token);
    const documents = session?.workspace.documents ?? [];
    const found = documents.flatMap((document) =>
      session === undefined ? [] : diagnosticsOf(document, session.workspace),
    );
    const count = (wanted: DiagnosticSeverity): number => found.filter(({ severity }) => severity === wanted).length;
    return {
      files: documents.length,
      errors: count(DiagnosticSeverity.Error),
      warnings: count(DiagnosticSeverity.Warning),
    };
  });
  onCompiled(REQUESTS.form, formOf);
  onCompiled(REQUESTS.whatHappens, (compiled, { request, whyNot }: WhatHappensParams, { workspace }) =>
    whatHappens(compiled, request, whyNot, workspace),
  );
  onCompiled(REQUESTS.decisionTable, (compiled, _, { workspace }) => decisionTable(compiled, workspace));
  on(REQUESTS.diff, (document, { revision }: DiffParams, { workspace }) => diffWith(revision, document, workspace));
  on(REQUESTS.tests, testsIn);
  on(REQUESTS.runTests, (document, params: RunTestsParams, { workspace }) => runTestsOf(document, params, workspace));
  on(REQUESTS.witness, async (document, { proof }: WitnessParams, session, token): Promise<Shown | Problem> => {
    await session.settled(document, token);
    const found = session.workspace.foundIn(document, ({ proofs }) => proofs).find(({ name }) => name === proof);
    if (found === undefined) return { problem: `\`${proof}\` is not proved: the policy has errors` };
    if (found.holds) return { problem: `\`${proof}\` is proved for all requests: there is none to show` };
    if (found.witness === undefined) return { problem: `\`${proof}\` ${found.message ?? "is not decided"}` };
    return { request: requestJson(found.witness) };
  });
}
