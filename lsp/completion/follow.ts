/** What may come next: the grammar carried out over the tokens before a place, along all ways that it leaves open. */
import type { IToken } from "chevrotain";
import * as t from "../../compiler/syntax/tokens.ts";
import { type Form, GRAMMAR, readGrammar } from "./grammar.ts";

export interface Expected {
  /** A word or sign; undefined where a name, number or text is expected. */
  readonly literal: string | undefined;
  /** `NAME`, `STRING`, `NUMBER` or `REGEX`. */
  readonly terminal: string | undefined;
  /** What it is in its place, and in which it stands, from the innermost on. */
  readonly roles: readonly string[];
}

/** What is still to come on one way. */
interface Rest {
  readonly form: Form;
  readonly roles: readonly string[];
  readonly next: Rest | undefined;
}

interface State {
  readonly expected: Expected;
  readonly next: Rest | undefined;
}

/** More ways than a policy leaves open. */
const MOST_STATES = 200;

let rules: ReadonlyMap<string, Form> | undefined;

/** What may follow these tokens of a declaration, or of several. */
export function expectedAfter(tokens: readonly IToken[]): readonly Expected[] {
  rules ??= readGrammar(GRAMMAR);
  const start = statesOf({ form: { kind: "rule", name: "file", role: undefined }, roles: [], next: undefined });
  /** Where the items of the blocks that are open begin. */
  const open: (readonly State[])[] = [start];
  let states: readonly State[] = start;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as IToken;
    const { image } = token;
    const items = open.at(-1) ?? start;
    const taken = take(states, token);
    // What a mistake leaves unfinished is given up where another item begins, and else what stands in the wrong place is.
    const resumed = taken.length === 0 && image !== "," ? take(items, token) : taken;
    states = resumed.length === 0 ? states : resumed;
    if ("{[(".includes(image)) {
      open.push(states);
      i = skipped(tokens, i);
    } else if ("}])".includes(image) && open.length > 1) open.pop();
  }
  return states.map(({ expected }) => expected);
}

/** A rule of a route does not depend on those before it: of many only the last is looked at. */
function skipped(tokens: readonly IToken[], brace: number): number {
  if (tokens[0] === undefined || !t.is(tokens[0], t.Route)) return brace;
  let depth = 0;
  let last = brace;
  for (let i = brace; i < tokens.length; i++) {
    const { image } = tokens[i] as IToken;
    if ("{[(".includes(image)) depth++;
    else if ("}])".includes(image)) depth--;
    else if (depth === 1 && (image === "when" || image === "match" || image === "otherwise")) last = i - 1;
    if (depth === 0) return brace;
  }
  return last;
}

function take(states: readonly State[], token: IToken): readonly State[] {
  const found: State[] = [];
  const seen = new Set<Rest | undefined>();
  for (const { expected, next } of states) {
    if (!fits(expected, token) || seen.has(next)) continue;
    seen.add(next);
    for (const state of statesOf(next)) if (found.length < MOST_STATES) found.push(state);
  }
  return found;
}

function fits({ literal, terminal }: Expected, token: IToken): boolean {
  if (literal !== undefined) return token.image === literal;
  switch (terminal) {
    case "NAME":
      return t.isName(token);
    case "NUMBER":
      return t.is(token, t.NumberToken);
    case "STRING":
      return t.is(token, t.Text) || t.is(token, t.OpenText);
    default:
      return t.is(token, t.RegexToken);
  }
}

const known = new WeakMap<Rest, readonly State[]>();

/** The first steps of what is still to come. */
function statesOf(rest: Rest | undefined): readonly State[] {
  if (rest === undefined) return [];
  let states = known.get(rest);
  if (states === undefined) {
    states = firstOf(rest);
    known.set(rest, states);
  }
  return states;
}

function firstOf(rest: Rest): readonly State[] {
  const { form, roles, next } = rest;
  switch (form.kind) {
    case "literal":
      return [{ expected: { literal: form.text, terminal: undefined, roles }, next }];
    case "terminal":
      return [
        {
          expected: {
            literal: undefined,
            terminal: form.name,
            roles: form.role === undefined ? roles : [form.role, ...roles],
          },
          next,
        },
      ];
    case "rule": {
      const inner = rules?.get(form.name);
      if (inner === undefined) throw new Error(`the grammar has no rule ${form.name}`);
      return statesOf({ form: inner, roles: form.role === undefined ? roles : [form.role, ...roles], next });
    }
    case "choice":
      return form.forms.flatMap((each) => statesOf({ form: each, roles, next }));
    case "optional":
      return [...statesOf({ form: form.form, roles, next }), ...statesOf(next)];
    case "many":
      return [...statesOf({ form: form.form, roles, next: rest }), ...statesOf(next)];
    case "sequence": {
      const after = form.forms.reduceRight<Rest | undefined>((tail, each) => ({ form: each, roles, next: tail }), next);
      return statesOf(after);
    }
  }
}
