/** What comparisons are about: attributes, signals and state. */
import { nearest } from "../diagnostics/index.ts";
import type { Judgement, Name, Operand } from "../syntax/index.ts";
import { ANSWER } from "./answers.ts";
import { BUILT_IN_NAMES, BUILT_INS } from "./builtins.ts";
import { describeKind } from "./names.ts";
import type { Attribute, Interval, ProgramFile } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";
import { stateOf } from "./state.ts";
import type { Type } from "./types.ts";

/** An attribute, or a view of one: what it is compared with need not be of the attribute's own type. */
export interface Subject {
  /** As written. */
  readonly name: string;
  readonly attribute: Attribute;
  readonly type: Type;
  /** The least and the greatest value that it can be compared with, of numbers. */
  readonly range: readonly [min: number, max: number];
  /** Which values of the attribute an interval of the view is; none where both are the same. */
  readonly seen?: (interval: Interval) => Interval;
}

export function subjectOf(attribute: Attribute): Subject {
  return { name: attribute.name, attribute, type: attribute.type, range: attribute.range };
}

/** What an operand of a route's condition names; reports when it names nothing that one can test. */
export function resolveOperand(operand: Operand | Judgement, file: ProgramFile, scope: Scope): Subject | undefined {
  if (operand.kind === "judge") {
    scope.report.error("RT2011", file.name, operand.span, "`judge` tests an answer: there is none yet", {
      help: "it stands in the gate of a cascade: `model accept when judge(…) >= 0.7`",
    });
    return undefined;
  }
  const path = operand.path.map((part) => part.text).join(".");
  const builtIn = BUILT_INS.get(path);
  if (builtIn !== undefined) return subjectOf(builtIn);
  const [first, second, ...rest] = operand.path;
  if (first === undefined) return undefined;
  if (second === undefined && !BUILT_IN_NAMES.has(first.text)) return named(first, file, scope);
  const owner = scope.names.find(first.text, file);
  if (second !== undefined && rest.length === 0 && (owner?.kind === "meter" || owner?.kind === "provider")) {
    owner.used = true;
    return stateOf(owner, second, file, scope);
  }
  if (owner === undefined && file.lacksImport) return undefined;
  const what = owner === undefined ? "" : `: \`${first.text}\` is ${describeKind(owner.kind)}`;
  scope.report.error("RT2001", file.name, operand.span, `there is no \`${path}\`${what}`, {
    ...didYouMean(nearest(path, BUILT_INS.keys())),
  });
  return undefined;
}

function named(name: Name, file: ProgramFile, scope: Scope): Subject | undefined {
  const { names, report } = scope;
  const found = names.find(name.text, file);
  if (found === undefined && mayDeclare(file)) return undefined;
  if (found === undefined && ANSWER.has(name.text)) {
    report.error("RT2011", file.name, name.span, `\`${name.text}\` is of an answer: there is none yet`, {
      help: "it stands in the gate of a cascade: `model accept when …`",
    });
    return undefined;
  }
  if (found?.kind === "meter") {
    found.used = true;
    const views = { budget: "used", limit: "used", commit: "behind" };
    report.error("RT2011", file.name, name.span, `\`${name.text}\` is a ${found.declaration.meter}, not a value`, {
      help: `test its state: \`${name.text}.${views[found.declaration.meter]}\``,
    });
    return undefined;
  }
  const declared = names.resolve(name, file, ["attribute", "signal", "let"], report, BUILT_INS.keys());
  if (declared?.kind === "attribute" || declared?.kind === "signal") {
    const attribute = scope.attributeOf(declared);
    return attribute && subjectOf(attribute);
  }
  // A condition takes a `let` before it comes here, so this is the operand of a `match`.
  if (declared?.kind === "let")
    report.error("RT2011", file.name, name.span, `\`${name.text}\` is a \`let\`: \`match\` takes attributes`, {
      help: `write \`when ${name.text} -> …\``,
    });
  return undefined;
}

/** Whether a file sees a `request`, or imports a file, that could not be read whole: what it lacks may be declared there. */
export function mayDeclare({ tree, imports, lacksImport }: ProgramFile): boolean {
  if (lacksImport) return true;
  return [tree, ...imports.map((file) => file.tree)].some(({ declarations }) =>
    declarations.some(({ kind, broken }) => kind === "request" && broken),
  );
}
