/** `workspace/executeCommand`: what the lenses do. */
import type { CancellationToken } from "vscode-languageserver-protocol";
import { requestText } from "../../compiler/diagnostics/request.ts";
import { type Explanation, explain } from "../../runtime/explain/index.ts";
import { AttributeError, type AttributeType, type DecisionTable, type Value } from "../../runtime/table/artifact.ts";
import { load } from "../../runtime/table/index.ts";
import { compileOnce } from "../checking/check.ts";
import type { Session } from "../session.ts";
import type { Document } from "../text/document.ts";
import { COMMANDS } from "./lens.ts";

export interface CommandResult {
  readonly well: boolean;
  /** One sentence. */
  readonly summary: string;
  readonly lines: readonly string[];
  /** Of `routec.explain`. */
  readonly explanation?: Explanation;
}

function failed(summary: string): CommandResult {
  return { well: false, summary, lines: [] };
}

/** @param given a document's address, then a test's title, a proof's name, or a route's name and, if one likes, a request. */
export async function execute(
  command: string,
  [uri, name, request]: readonly unknown[],
  session: Session,
  token: CancellationToken,
): Promise<CommandResult> {
  const document = typeof uri === "string" ? session.workspace.find(uri) : undefined;
  if (document === undefined || typeof name !== "string")
    return failed(`\`${command}\` takes the address of a policy and a name`);
  if (command === COMMANDS.explain) return explainRequest(document, name, request, session);
  await session.settled(document, token);
  if (command === COMMANDS.runTest) {
    const test = session.workspace.foundIn(document, ({ tests }) => tests).find(({ title }) => title === name);
    if (test === undefined) return failed(`\`${name}\` cannot be run: the policy has errors`);
    const well = test.failures.length === 0;
    return {
      well,
      summary: `\`${name}\` ${well ? "passes" : `fails: ${test.failures.join("; ")}`}`,
      lines: test.lines,
    };
  }
  if (command === COMMANDS.witness) {
    const proof = session.workspace.foundIn(document, ({ proofs }) => proofs).find((each) => each.name === name);
    if (proof === undefined) return failed(`\`${name}\` is not proved: the policy has errors`);
    if (proof.holds) return { well: true, summary: `\`${name}\` is proved for all requests`, lines: [] };
    return {
      well: false,
      summary: proof.message ?? "",
      lines: proof.witness === undefined ? [] : [requestText(proof.witness)],
    };
  }
  return failed(`there is no command \`${command}\``);
}

/** Without a request, one that has the defaults and, of what has none, some value. */
function explainRequest(document: Document, route: string, request: unknown, { workspace }: Session): CommandResult {
  const main = workspace.mainsOf(document)[0] ?? document;
  const table = compileOnce(main.path, workspace.fileSystem);
  if (table === undefined) return failed("nothing can be explained: the policy has errors");
  try {
    const explanation = explain(load(table), request ?? { route, attributes: anyRequest(table) });
    const { rule, plan, steps, reject, because } = explanation;
    const outcome =
      reject === null
        ? `${plan === null ? "" : `plan ${plan}: `}${steps.join(", then ")}`
        : `rejected with ${reject.status}`;
    return {
      well: true,
      summary: `rule ${rule.index}, \`${rule.text}\`: ${outcome}`,
      lines: because.map(({ condition, value }) => `${condition} is ${value}`),
      explanation,
    };
  } catch (error) {
    if (error instanceof AttributeError) return failed(error.message);
    throw error;
  }
}

function anyRequest({ attributes, signals }: DecisionTable): Record<string, Value> {
  const required = attributes.filter(
    (attribute) => !("default" in attribute) && /^(?:header|claim|metadata|body)$/.test(attribute.source.from),
  );
  const asked = signals.filter(({ otherwise }) => otherwise === undefined);
  return Object.fromEntries([...required, ...asked].map(({ name, type }) => [name, anyOf(type)]));
}

function anyOf(type: AttributeType): Value {
  if (type.kind === "bool") return false;
  if (type.kind === "string") return "any";
  return type.kind === "enum" ? (type.members[0] ?? "") : 0;
}
