/** Where names stand in a declaration: which it gives, and which it uses. */
import type {
  AttributeDeclaration,
  Condition,
  Declaration,
  Expression,
  Judgement,
  ModelSet,
  Name,
  Operand,
  Pattern,
  RouteName,
  Rule,
  Span,
  Step,
  Test,
  Value,
  Word,
} from "../../compiler/syntax/index.ts";
import type { Piece } from "../text/pieces.ts";

/**
 * What a name is one of. Attributes, signals, lets, meters, providers, models and plans share theirs; the members of an
 * enum are named by their attribute or signal.
 */
export type Space = "name" | "route" | "proof" | "test" | "member";

/** What declares a name. */
export type Definer = Declaration | AttributeDeclaration | Word;

export interface Occurrence {
  readonly space: Space;
  /** Of a member with what it is a member of: `tier.free`. */
  readonly name: string;
  /** What is written here. */
  readonly text: string;
  readonly span: Span;
  /** Undefined where it is only used. */
  readonly definer: Definer | undefined;
  /** Written in quotes. */
  readonly quoted: boolean;
}

const known = new WeakMap<Piece, readonly Occurrence[]>();

/** In a piece, in no order. Names that could not be read are left out. */
export function occurrencesIn(piece: Piece): readonly Occurrence[] {
  const before = known.get(piece);
  if (before !== undefined) return before;
  const found = piece.declarations
    .flatMap((declaration) => [...ofDeclaration(declaration)])
    .filter(({ text }) => text !== "");
  known.set(piece, found);
  return found;
}

type Some = Generator<Occurrence>;

function given({ text, span }: Name, definer: Definer, space: Space = "name"): Occurrence {
  return { space, name: text, text, span, definer, quoted: false };
}

function used({ text, span }: Name, space: Space = "name"): Occurrence {
  return { space, name: text, text, span, definer: undefined, quoted: false };
}

function member(owner: string, { text, span, quoted }: Word, definer?: Word): Occurrence {
  return { space: "member", name: `${owner}.${text}`, text, span, definer, quoted };
}

function* ofDeclaration(node: Declaration): Some {
  switch (node.kind) {
    case "request":
      for (const attribute of node.attributes) {
        yield given(attribute.name, attribute);
        yield* ofMembers(attribute.name.text, attribute.type.words);
        if (attribute.default !== undefined) yield* ofValue(attribute.default, attribute.name.text);
      }
      return;
    case "provider":
      yield given(node.name, node);
      return;
    case "model":
      yield given(node.name, node);
      yield used(node.provider);
      return;
    case "signal":
      yield given(node.name, node);
      yield* ofMembers(node.name.text, node.type.words);
      if (node.otherwise !== undefined) yield* ofValue(node.otherwise, node.name.text);
      if (node.source.kind === "similar") yield used(node.source.embedder);
      if (node.source.kind !== "ask") return;
      yield used(node.source.model);
      if (!("kind" in node.source.prompt))
        for (const each of node.source.prompt) yield member(node.name.text, each.member);
      return;
    case "let":
      yield given(node.name, node);
      yield* ofCondition(node.condition);
      return;
    case "meter":
      yield given(node.name, node);
      for (const clause of node.clauses) {
        if (clause.kind === "per" || clause.kind === "on") for (const name of clause.names) yield used(name);
        if (clause.kind === "for") yield* ofCondition(clause.condition);
      }
      return;
    case "plan":
      yield given(node.name, node);
      yield* ofExpression(node.run);
      return;
    case "route":
      for (const name of node.names) yield { ...routeName(name), definer: node };
      if (node.each !== undefined) yield used(node.each);
      if (node.run !== undefined) yield* ofExpression(node.run);
      for (const setting of node.settings) {
        if (setting.kind === "for") yield* ofCondition(setting.condition);
        if (setting.kind === "reuse") for (const name of setting.per) yield used(name);
      }
      for (const rule of node.rules) yield* ofRule(rule);
      return;
    case "prove":
      yield given(node.name, node, "proof");
      for (const name of node.on) yield routeName(name);
      if (node.premise !== undefined) yield* ofCondition(node.premise);
      for (const claim of node.claims) {
        if (claim.kind === "every") yield* ofModelCondition(claim.condition);
        if (claim.kind === "never") yield* "kind" in claim.models ? ofSet(claim.models) : [used(claim.models)];
      }
      return;
    case "test":
      yield* ofTest(node);
  }
}

function routeName({ text, span, quoted, any }: RouteName): Occurrence {
  return { space: "route", name: text, text: any ? "" : text, span, definer: undefined, quoted };
}

/** One word is the name of a type. */
function* ofMembers(owner: string, words: readonly Word[]): Some {
  if (words.length > 1) for (const word of words) yield member(owner, word, word);
}

function* ofTest(node: Extract<Declaration, { kind: "test" }>): Some {
  const { text, span } = node.title;
  yield { space: "test", name: text, text, span, definer: node, quoted: true };
  yield routeName(node.send.route);
  for (const { path, value } of node.send.fields) {
    yield* ofPath(path);
    yield* ofValue(value, ownerOf(path));
  }
  for (const each of node.given) {
    yield used(each.name);
    if (each.kind === "value") yield* ofValue(each.value, each.name.text);
  }
  for (const each of node.expect) {
    if (each.kind === "plan" || each.kind === "served") yield used(each.name);
    if (each.kind === "tries") for (const name of each.names) yield used(name);
  }
}

function* ofRule(rule: Rule): Some {
  if (rule.kind === "when" || rule.kind === "group") yield* ofCondition(rule.condition);
  if (rule.kind === "when" || rule.kind === "otherwise") yield* ofExpression(rule.run);
  if (rule.kind === "group") for (const inner of rule.rules) yield* ofRule(inner);
  if (rule.kind !== "match") return;
  for (const operand of rule.operands) yield* ofOperand(operand);
  for (const { patterns, run } of rule.arms) {
    for (const [i, pattern] of patterns.entries()) yield* ofPattern(pattern, rule.operands[i]);
    yield* ofExpression(run);
  }
}

function* ofPattern({ alternatives }: Pattern, operand: Operand | Judgement | undefined): Some {
  const owner = operand?.kind === "path" ? ownerOf(operand.path) : undefined;
  for (const alternative of alternatives) if (alternative.kind === "word") yield* ofValue(alternative, owner);
}

function* ofOperand(operand: Operand | Judgement): Some {
  if (operand.kind === "judge") yield used(operand.model);
  else yield* ofPath(operand.path);
}

/** Of `tenant_month.used` the first is a name. */
function* ofPath([first]: readonly Name[]): Some {
  if (first !== undefined) yield used(first);
}

/** What a bare word beside it is a member of. */
function ownerOf(path: readonly Name[]): string | undefined {
  return path.length === 1 ? path[0]?.text : undefined;
}

function* ofValue(value: Value, owner: string | undefined): Some {
  if (value.kind === "word" && owner !== undefined) yield member(owner, value);
}

function valuesOf(test: Test | undefined): readonly Value[] {
  if (test?.kind === "compare") return [test.value];
  return test?.kind === "in" && !("kind" in test.values) ? test.values : [];
}

/** Over a request. */
function* ofCondition(node: Condition): Some {
  switch (node.kind) {
    case "or":
    case "and":
      for (const operand of node.operands) yield* ofCondition(operand);
      return;
    case "not":
      yield* ofCondition(node.operand);
      return;
    case "parens":
      yield* ofCondition(node.condition);
      return;
    case "comparison":
      yield* ofOperand(node.operand);
      if (node.operand.kind === "path")
        for (const value of valuesOf(node.test)) yield* ofValue(value, ownerOf(node.operand.path));
  }
}

/** Over models: only providers have names there. */
function* ofModelCondition(node: Condition): Some {
  switch (node.kind) {
    case "or":
    case "and":
      for (const operand of node.operands) yield* ofModelCondition(operand);
      return;
    case "not":
      yield* ofModelCondition(node.operand);
      return;
    case "parens":
      yield* ofModelCondition(node.condition);
      return;
    case "comparison":
      if (node.operand.kind === "path" && ownerOf(node.operand.path) === "provider")
        for (const value of valuesOf(node.test))
          if (value.kind === "word") yield { ...used(value), quoted: value.quoted };
  }
}

/** Of a gate: judges. */
function* ofGate(node: Condition): Some {
  if (node.kind === "and" || node.kind === "or") for (const operand of node.operands) yield* ofGate(operand);
  else if (node.kind === "not") yield* ofGate(node.operand);
  else if (node.kind === "parens") yield* ofGate(node.condition);
  else if (node.kind === "comparison" && node.operand.kind === "judge") yield used(node.operand.model);
}

export function* ofExpression({ first, branches }: Expression): Some {
  yield* ofStep(first);
  for (const { step } of branches) yield* ofStep(step);
}

function* ofStep({ target }: Step): Some {
  switch (target.kind) {
    case "name":
      yield used(target.name);
      return;
    case "parens":
      yield* ofExpression(target.expression);
      return;
    case "selector":
      yield* ofSet(target.set);
      return;
    case "adaptive":
      yield* ofSet(target.set);
      return;
    case "spread":
      for (const { name } of target.shares) yield used(name);
      if (target.by !== undefined) yield used(target.by);
      return;
    case "split":
      for (const { run } of target.sides) yield* ofExpression(run);
      if (target.by !== undefined) yield used(target.by);
      return;
    case "cascade":
      for (const { step, accept } of target.steps) {
        yield* ofStep(step);
        if (accept !== undefined) yield* ofGate(accept);
      }
      return;
    case "hedge":
      yield* ofExpression(target.first);
      for (const { run } of target.then) yield* ofExpression(run);
  }
}

function* ofSet({ where, names }: ModelSet): Some {
  for (const name of names) yield used(name);
  if (where !== undefined) yield* ofModelCondition(where);
}
