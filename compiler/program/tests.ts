/** Tests: names and types of what they send, assume and expect. */
import { nearest } from "../diagnostics/index.ts";
import type { TestDeclaration, Expectation as TreeExpectation, Given as TreeGiven } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { ANSWER } from "./answers.ts";
import { BUILT_INS } from "./builtins.ts";
import { checkFailures } from "./failures.ts";
import { checkModels, resolveModel } from "./model-facts.ts";
import { mayDeclare } from "./operands.ts";
import type { Attribute, Expectation, Given, ProgramFile, Route, TestCase } from "./program.ts";
import { didYouMean } from "./report.ts";
import { resolveServed } from "./route-names.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

type Sent = TestDeclaration["send"]["fields"][number];
type GivenOf<K extends TreeGiven["kind"]> = Extract<TreeGiven, { kind: K }>;
type Scalar = boolean | number | string;

/** Undefined when it is faulty, after reporting. */
export function checkTest(
  node: TestDeclaration,
  file: ProgramFile,
  routes: readonly Route[],
  scope: Scope,
): TestCase | undefined {
  const { report } = scope;
  const { title, send } = node;
  const before = report.diagnostics.length;
  const route = resolveServed(send.route, routes, file, scope);
  const attributes = checkSent(node, file, scope);
  const given = checkGivens(node.given, file, scope);
  const expect = checkExpectations(node.expect, route, file, scope);
  if (node.expect.length === 0)
    report.error("RT2007", file.name, title.span, "this test expects nothing: it cannot fail", {
      help: "such as `expect plan cheap` or `expect tries opus, gpt5`",
    });
  const whole =
    attributes.size === send.fields.length &&
    given.length === node.given.length &&
    expect.length === node.expect.length;
  if (route === undefined || !whole || report.diagnostics.length > before) return undefined;
  const span = { start: node.keyword.start, end: title.span.end };
  return { title: title.text, route: send.route.text, attributes, given, expect, place: { file: file.name, span } };
}

// What is sent

/** The values by attribute, as far as they are right. */
function checkSent({ send }: TestDeclaration, file: ProgramFile, scope: Scope): ReadonlyMap<string, Scalar> {
  const values = new Map<string, Scalar>();
  const seen = new Set<string>();
  const unknown = new Set<string>();
  for (const field of send.fields) {
    const name = nameOf(field);
    if (seen.has(name)) {
      scope.report.error("RT2008", file.name, spanOf(field), `\`${name}\` is sent twice`);
      continue;
    }
    seen.add(name);
    const attribute = resolveSent(field, file, scope);
    if (attribute === undefined) unknown.add(name);
    const value = attribute && checkValue(field.value, attribute.type, attribute.range, file.name, scope.report);
    if (value !== undefined) values.set(name, value);
  }
  // What is near to an unknown name may have been meant by it.
  const missing = requiredOf(scope).filter((name) => !seen.has(name) && nearest(name, unknown) === undefined);
  if (missing.length > 0) {
    const [all, are] = [missing.map((name) => `\`${name}\``).join(", "), missing.length === 1 ? "is" : "are"];
    scope.report.error(
      "RT2007",
      file.name,
      send.route.span,
      `${all} ${are} required and not sent: this request would be answered 400`,
      { help: "send a value, or declare a `default`" },
    );
  }
  return values;
}

/** What a field says of the request; reports when a request does not say it. */
function resolveSent(field: Sent, file: ProgramFile, scope: Scope): Attribute | undefined {
  const { names, report } = scope;
  const [first, second] = field.path;
  const name = nameOf(field);
  if (first === undefined || name === "") return undefined;
  const declared = names.find(first.text, file);
  if (name === "model")
    report.error("RT2011", file.name, first.span, "`model` is the name that the request is sent to", {
      help: "write it after `send`",
    });
  else if (BUILT_INS.has(name)) return BUILT_INS.get(name);
  else if (declared?.kind === "attribute" && second === undefined) return scope.attributeOf(declared);
  else if (declared?.kind === "signal")
    report.error("RT2011", file.name, spanOf(field), `\`${name}\` is a signal: it is computed, not sent`, {
      help: `after \`send\` write \`given ${name} …\``,
    });
  else if (declared?.kind === "meter" && second !== undefined)
    report.error("RT2011", file.name, spanOf(field), `\`${name}\` is state: it is not sent`, {
      help: `after \`send\` write \`given ${first.text} used 95%\``,
    });
  else if (second !== undefined)
    report.error("RT2001", file.name, spanOf(field), `a request does not say \`${name}\``, {
      ...didYouMean(nearest(name, BUILT_INS.keys())),
    });
  else if (declared !== undefined || !mayDeclare(file))
    names.resolve(first, file, ["attribute"], report, BUILT_INS.keys());
  return undefined;
}

function nameOf({ path }: Sent): string {
  return path.map(({ text }) => text).join(".");
}

function spanOf({ path, span }: Sent) {
  return { start: path[0]?.span.start ?? span.start, end: path.at(-1)?.span.end ?? span.end };
}

/** The names of the attributes without which a request is refused. */
function requiredOf({ names, attributeOf }: Scope): string[] {
  return [...names.all].flatMap((declared) => {
    const attribute = declared.kind === "attribute" ? attributeOf(declared) : undefined;
    return attribute !== undefined && attribute.default === undefined ? [attribute.name] : [];
  });
}

// What is assumed

function checkGivens(nodes: readonly TreeGiven[], file: ProgramFile, scope: Scope): Given[] {
  const seen = new Set<string>();
  const known = nodes.map((node) => {
    const { text, span } = node.name;
    if (seen.has(text)) {
      scope.report.error("RT2008", file.name, span, `\`${text}\` is given twice`);
      return undefined;
    }
    seen.add(text);
    return checkGiven(node, file, scope);
  });
  return known.filter((given) => given !== undefined);
}

function checkGiven(node: TreeGiven, file: ProgramFile, scope: Scope): Given | undefined {
  switch (node.kind) {
    case "down":
      return checkDown(node, file, scope);
    case "fails":
      return checkFails(node, file, scope);
    case "answers":
      return checkAnswers(node, file, scope);
    case "used":
      return checkUsed(node, file, scope);
    case "value":
      return checkSignalValue(node, file, scope);
  }
}

function checkDown({ name }: GivenOf<"down">, file: ProgramFile, scope: Scope): Given | undefined {
  const { names, models, report, attributeOf } = scope;
  const found = names.find(name.text, file);
  const type = found?.kind === "signal" ? attributeOf(found)?.type : undefined;
  if (type?.kind === "enum" && type.members.includes("down")) {
    report.error("RT2011", file.name, name.span, `\`${name.text}\` is a signal: only a provider or a model is down`, {
      help: `its member of that name is quoted: \`given ${name.text} "down"\``,
    });
    return undefined;
  }
  const declared = names.resolve(name, file, ["provider", "model"], report);
  if (declared === undefined) return undefined;
  if (declared.kind === "model") return { kind: "fails", models: [declared.name.text], failure: "unreachable" };
  const provider = declared.name.text;
  const own = [...models.values()].filter(({ facts }) => facts.provider === provider);
  return { kind: "fails", models: own.map(({ facts }) => facts.name), failure: "unreachable", down: provider };
}

function checkFails({ name, failure }: GivenOf<"fails">, file: ProgramFile, scope: Scope): Given | undefined {
  const model = resolveModel(name, file, scope);
  const [first, second] = checkFailures([failure], file, scope) ?? [];
  if (second !== undefined) {
    const message = `\`${failure.text}\` stands for several failures: a model fails with one, such as \`${first}\``;
    scope.report.error("RT2004", file.name, failure.span, message);
    return undefined;
  }
  return model === undefined || first === undefined ? undefined : { kind: "fails", models: [model], failure: first };
}

function checkAnswers({ name, facts }: GivenOf<"answers">, file: ProgramFile, scope: Scope): Given | undefined {
  const { report } = scope;
  const model = resolveModel(name, file, scope);
  const values = new Map<string, Scalar>();
  const seen = new Set<string>();
  for (const { name: fact, value } of facts) {
    const about = ANSWER.get(fact.text);
    if (seen.has(fact.text)) report.error("RT2008", file.name, fact.span, `\`${fact.text}\` is given twice`);
    else if (about === undefined) {
      const known = [...ANSWER.keys()];
      const message = `an answer has no \`${fact.text}\`: expected ${known.join(", ")}`;
      report.error("RT2006", file.name, fact.span, message, didYouMean(nearest(fact.text, known)));
    } else {
      const known = checkValue(value, about.type, about.range, file.name, report);
      if (known !== undefined) values.set(fact.text, known);
    }
    seen.add(fact.text);
  }
  return model === undefined || values.size < facts.length ? undefined : { kind: "answers", model, facts: values };
}

const COUNT = [0, LARGEST] as const;

function checkUsed({ name, share }: GivenOf<"used">, file: ProgramFile, scope: Scope): Given | undefined {
  const meter = scope.names.resolve(name, file, ["meter"], scope.report);
  // Past a budget or a limit nothing is used; a commit can be exceeded.
  const most = meter?.declaration.meter === "commit" ? LARGEST : 100;
  const used = checkValue(share, { kind: "percent" }, [0, most], file.name, scope.report);
  return meter === undefined || typeof used !== "number" ? undefined : { kind: "used", meter: name.text, share: used };
}

function checkSignalValue({ name, value }: GivenOf<"value">, file: ProgramFile, scope: Scope): Given | undefined {
  const signal = scope.names.resolve(name, file, ["signal"], scope.report);
  const attribute = signal && scope.attributeOf(signal);
  if (attribute === undefined) return undefined;
  const known = checkValue(value, attribute.type, attribute.range, file.name, scope.report);
  return known === undefined ? undefined : { kind: "signal", signal: name.text, value: known };
}

// What is expected

function checkExpectations(
  nodes: readonly TreeExpectation[],
  route: Route | undefined,
  file: ProgramFile,
  scope: Scope,
): Expectation[] {
  const seen = new Set<string>();
  const known = nodes.map((node) => {
    if (seen.has(node.kind)) {
      const what = node.kind === "served" ? "served by" : node.kind;
      scope.report.error("RT2008", file.name, node.span, `\`${what}\` is expected twice`);
      return undefined;
    }
    seen.add(node.kind);
    return checkExpectation(node, route, file, scope);
  });
  return known.filter((expectation) => expectation !== undefined);
}

function checkExpectation(
  node: TreeExpectation,
  route: Route | undefined,
  file: ProgramFile,
  scope: Scope,
): Expectation | undefined {
  const place = { file: file.name, span: node.span };
  switch (node.kind) {
    case "plan": {
      const plan = scope.names.resolve(node.name, file, ["plan"], scope.report);
      return plan && { kind: "plan", plan: plan.name.text, place };
    }
    case "served": {
      const model = resolveModel(node.name, file, scope);
      return model === undefined ? undefined : { kind: "served", model, place };
    }
    case "tries": {
      const models = checkModels(node.names, file, scope);
      return models && { kind: "tries", models, place };
    }
    case "rule": {
      const value = checkRule(node, route, file, scope);
      return value === undefined ? undefined : { kind: "rule", value, place };
    }
    case "reject": {
      const status = checkValue(node.value, { kind: "int" }, [400, 599], file.name, scope.report);
      return typeof status === "number" ? { kind: "reject", value: status, place } : undefined;
    }
    case "cost": {
      const most = checkValue(node.value, { kind: "money" }, [0, LARGEST], file.name, scope.report);
      return typeof most === "number" ? { kind: "cost", most, place } : undefined;
    }
  }
}

/** Of a route that could not be understood as a whole, the number of rules is not known; one without rules is a fault of its own. */
function checkRule(
  { value }: Extract<TreeExpectation, { kind: "rule" | "reject" }>,
  route: Route | undefined,
  file: ProgramFile,
  { report }: Scope,
): number | undefined {
  const rule = checkValue(value, { kind: "int" }, COUNT, file.name, report);
  if (typeof rule !== "number") return undefined;
  if (route === undefined || route.broken || route.rules.length === 0 || rule < route.rules.length) return rule;
  const last = route.rules.length - 1;
  report.error("RT2004", file.name, value.span, `there is no rule \`${rule}\`: the last of this route is \`${last}\``, {
    help: "rules are numbered from 0, depth first, over all arrows",
  });
  return undefined;
}
