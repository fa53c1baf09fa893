/** The grammar of `prove` and `test`, with actions that build the tree. */
import type { IToken } from "chevrotain";
import { operatorOf } from "./conditions.ts";
import { spanOf } from "./lexer.ts";
import type { Items } from "./recovery.ts";
import { SignalGrammar } from "./signals.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const SENT: Omit<Items<unknown>, "item"> = {
  // What begins a line of the test is no attribute where something is wrong, such as a brace that is missing before it.
  starts: (token) => t.isName(token) && !TEST.starts(token),
  called: "an attribute and its value",
  commaEnds: true,
  inBraces: true,
};
const ANSWER: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "a fact of the answer such as `confidence 0.4`",
  commaEnds: true,
  inBraces: true,
};
const TEST: Omit<Items<unknown>, "item"> = {
  starts: (token) => [t.own.send, t.own.given, t.own.expect].some((type) => t.is(token, type)),
  called: "`send`, `given` or `expect`",
  commaEnds: false,
  inBraces: true,
};

type Send = tree.TestDeclaration["send"];
type Part =
  | { readonly part: "send"; readonly send: Send; readonly span: tree.Span }
  | { readonly part: "given"; readonly given: tree.Given; readonly span: tree.Span }
  | { readonly part: "expect"; readonly expect: tree.Expectation; readonly span: tree.Span };
export type ProofBody = Pick<tree.ProveDeclaration, "on" | "premise" | "claims">;
export type TestBody = Pick<tree.TestDeclaration, "send" | "given" | "expect">;

/** In this order the parts of a test stand. */
const ORDER = ["send", "given", "expect"] as const;

export abstract class ProofGrammar extends SignalGrammar {
  protected readonly routeName = this.RULE("routeName", (): tree.RouteName => {
    const token = this.LA(1);
    const quoted = this.OR({
      ERR_MSG: "the name of a route",
      DEF: [
        { ALT: () => this.CONSUME(t.Name) && false },
        { ALT: () => this.CONSUME(t.Star) && false },
        { ALT: () => this.CONSUME(t.Text) && true },
      ],
    });
    const text = quoted ? (token.payload as string) : token.image;
    const span = { start: token.startOffset, end: t.endOf(token) };
    return { text, quoted, any: t.is(token, t.Star), span };
  });

  // Proofs

  protected readonly proofBody = this.RULE("proofBody", (): ProofBody => {
    const on: tree.RouteName[] = [];
    const claims: tree.Claim[] = [];
    this.CONSUME(t.OpenBrace);
    this.OPTION(() => {
      this.CONSUME(t.On);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        ERR_MSG: "the name of a route",
        DEF: () => on.push(this.SUBRULE(this.routeName)),
      });
    });
    const premise = this.OR({
      ERR_MSG: "`when` or `always`",
      DEF: [
        {
          ALT: (): tree.Condition | undefined => {
            this.CONSUME(t.When);
            return this.SUBRULE(this.condition);
          },
        },
        {
          ALT: (): tree.Condition | undefined => {
            this.CONSUME(t.Always);
            return undefined;
          },
        },
      ],
    });
    claims.push(this.SUBRULE(this.claim));
    this.MANY(() => {
      this.CONSUME(t.And);
      claims.push(this.SUBRULE1(this.claim));
    });
    this.CONSUME(t.CloseBrace);
    return { on, premise, claims };
  });

  private readonly claim = this.RULE("claim", (): tree.Claim => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: "a claim such as `every model is …`, `never opus` or `cost <= $1`",
      DEF: [
        {
          ALT: (): tree.Claim => {
            this.CONSUME(t.Every);
            this.CONSUME(t.Model);
            this.CONSUME(t.own.is);
            this.claims = true;
            const condition = this.SUBRULE(this.condition);
            this.claims = false;
            return { kind: "every", condition, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Claim => {
            this.CONSUME(t.Never);
            const models = this.OR1({
              ERR_MSG: "the name of a model, or a set such as `{ a, b }`",
              DEF: [
                { ALT: (): tree.Name | tree.ModelSet => this.SUBRULE(this.modelSet) },
                { ALT: (): tree.Name | tree.ModelSet => this.SUBRULE(this.name) },
              ],
            });
            return { kind: "never", models, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Claim => {
            this.CONSUME(t.own.no);
            this.CONSUME(t.own.reject);
            return { kind: "no_reject", span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Claim => {
            const of = this.CONSUME(t.Bounded);
            const sign = this.OR2({
              ERR_MSG: "`<=` or `>=`",
              DEF: [
                { ALT: () => this.CONSUME(t.Order) },
                { ALT: () => this.CONSUME(t.Equality) },
                { ALT: () => this.CONSUME(t.Assign) },
              ],
            });
            const op = of.image === "providers" ? ">=" : "<=";
            this.boundBy(sign, op, `\`${of.image}\` is claimed`);
            const value = this.SUBRULE(this.value);
            return { kind: "bound", of: { text: of.image, span: spanOf(of) }, op, value, span: this.from(first) };
          },
        },
      ],
    });
  });

  /** Says that a number is bounded with another sign: `providers == 2` is nothing that a plan has to keep. */
  private boundBy(sign: IToken, right: "<=" | ">=", said: string): void {
    this.ACTION(() => {
      const written = operatorOf(sign);
      if (written === right) return;
      const fix = { title: `write \`${right}\``, text: right, unsafe: true } as const;
      this.problem(spanOf(sign), `${said} with \`${right}\`, not \`${written}\``, { fix });
    });
  }

  // Tests

  protected readonly testBody = this.RULE("testBody", (): TestBody => {
    const brace = this.LA(1);
    const parts = this.block<Part>({ ...TEST, item: () => this.SUBRULE(this.part) });
    const span = { start: brace.startOffset, end: t.endOf(brace) };
    this.ACTION(() => {
      const late = parts.find(
        (part, index) =>
          ORDER.indexOf(part.part) < Math.max(...parts.slice(0, index).map((p) => ORDER.indexOf(p.part))),
      );
      const sent = parts.filter(({ part }) => part === "send");
      if (late !== undefined) this.problem(late.span, "a test says first `send`, then `given`, then `expect`");
      else if (sent.length > 1) this.problem(sent[1]?.span ?? span, "a test sends one request, and this is another");
      else if (sent.length === 0 && !this.broken) this.problem(span, "this test sends nothing: begin it with `send`");
    });
    const nothing: Send = { route: { text: "", quoted: false, any: false, span }, fields: [], span };
    return {
      send: parts.find((part) => part.part === "send")?.send ?? nothing,
      given: parts.flatMap((part) => (part.part === "given" ? [part.given] : [])),
      expect: parts.flatMap((part) => (part.part === "expect" ? [part.expect] : [])),
    };
  });

  private readonly part = this.RULE(
    "part",
    (): Part =>
      this.OR({
        ERR_MSG: TEST.called,
        DEF: [
          {
            ALT: (): Part => {
              const send = this.SUBRULE(this.send);
              return { part: "send", send, span: send.span };
            },
          },
          {
            ALT: (): Part => {
              const given = this.SUBRULE(this.given);
              return { part: "given", given, span: given.span };
            },
          },
          {
            ALT: (): Part => {
              const expect = this.SUBRULE(this.expectation);
              return { part: "expect", expect, span: expect.span };
            },
          },
        ],
      }),
  );

  private readonly send = this.RULE("send", (): Send => {
    const first = this.CONSUME(t.own.send);
    const route = this.SUBRULE(this.routeName);
    const fields = this.block<Send["fields"][number]>({ ...SENT, item: () => this.SUBRULE(this.sent) });
    return { route, fields, span: this.from(first) };
  });

  private readonly sent = this.RULE("sent", (): Send["fields"][number] => {
    const first = this.LA(1);
    const { path } = this.SUBRULE(this.operand) ?? { path: [] };
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { path, value, span: this.from(first) };
  });

  private readonly given = this.RULE("given", (): tree.Given => {
    const first = this.CONSUME(t.own.given);
    const name = this.SUBRULE(this.name);
    return this.OR({
      ERR_MSG: "`down`, `fails`, `answers`, `used` or a value",
      DEF: [
        {
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Given => {
            this.CONSUME(t.own.down);
            return { kind: "down", name, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Given => {
            this.CONSUME(t.own.fails);
            const failure = this.SUBRULE1(this.name);
            return { kind: "fails", name, failure, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Given => {
            this.CONSUME(t.own.answers);
            const facts = this.block<Extract<tree.Given, { kind: "answers" }>["facts"][number]>({
              ...ANSWER,
              item: () => this.SUBRULE(this.answerFact),
            });
            return { kind: "answers", name, facts, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Given => {
            this.CONSUME(t.own.used);
            const share = this.SUBRULE1(this.number);
            return { kind: "used", name, share, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Given => {
            const value = this.SUBRULE2(this.value);
            return { kind: "value", name, value, span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly answerFact = this.RULE("answerFact", () => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { name, value, span: this.from(first) };
  });

  private readonly expectation = this.RULE("expectation", (): tree.Expectation => {
    const first = this.CONSUME(t.own.expect);
    return this.OR({
      ERR_MSG: "`plan`, `rule`, `tries`, `served by`, `reject` or `cost`",
      DEF: [
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.Plan);
            return { kind: "plan", name: this.SUBRULE(this.name), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.own.rule);
            return { kind: "rule", value: this.SUBRULE(this.number), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.own.tries);
            return { kind: "tries", names: this.SUBRULE(this.names), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.own.served);
            this.CONSUME(t.By);
            return { kind: "served", name: this.SUBRULE1(this.name), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.own.reject);
            return { kind: "reject", value: this.SUBRULE1(this.number), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Expectation => {
            this.CONSUME(t.own.cost);
            const sign = this.OR1({
              ERR_MSG: "`<=`",
              DEF: [
                { ALT: () => this.CONSUME(t.Order) },
                { ALT: () => this.CONSUME(t.Equality) },
                { ALT: () => this.CONSUME(t.Assign) },
              ],
            });
            this.boundBy(sign, "<=", "`cost` is expected");
            return { kind: "cost", value: this.SUBRULE2(this.number), span: this.from(first) };
          },
        },
      ],
    });
  });
}
