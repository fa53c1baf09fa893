/**
 * The grammar of declarations, and the parser that reads them. Everywhere specific alternatives stand before bare
 * names: Chevrotain takes the first that matches, and most keywords are names as well.
 */
import { EOF, type IToken } from "chevrotain";
import { nearest } from "../diagnostics/index.ts";
import { spanOf } from "./lexer.ts";
import { code, DECLARATION, type Problem } from "./messages.ts";
import { type ProofBody, ProofGrammar, type TestBody } from "./proofs.ts";
import type { GrammarSource, Items } from "./recovery.ts";
import { RULE_WORDS, RULES } from "./rules.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

export interface Parsed {
  readonly declarations: readonly tree.Declaration[];
  readonly problems: readonly Problem[];
}

let parser: DeclarationGrammar | undefined;

/**
 * Reads declarations from the tokens of a text; their `doc` is still empty. With `recovering`, what cannot be read is
 * reported and left out; without, a text with any problem gives nothing to rely on.
 */
export function parseTokens(text: string, tokens: IToken[], recovering: boolean): Parsed {
  // Built on first use: a program that parses nothing does not pay for it.
  parser ??= new DeclarationGrammar();
  return parser.parse(text, tokens, recovering);
}

const DECLARATIONS: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.is(token, t.Declares),
  called: DECLARATION,
  commaEnds: false,
  inBraces: false,
};
const ATTRIBUTES: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "an attribute",
  commaEnds: true,
  inBraces: true,
};
const ROUTE: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.isName(token) || RULES.starts(token),
  called: RULES.called,
  commaEnds: false,
  inBraces: true,
};

/** Whether a name was meant to begin a rule, or to go on with one, and is no setting. */
function isMisspelt(name: string): boolean {
  const keyword = t.KEYWORDS.get(name.toLowerCase());
  return nearest(name, RULE_WORDS) !== undefined || keyword?.CATEGORIES?.includes(t.Reserved) === true;
}

/** A declaration without what all have in common. */
type Body<D extends tree.Declaration> = Omit<D, "span" | "keyword" | "doc" | "broken">;
type AnyBody = { [D in tree.Declaration as D["kind"]]: Body<D> }[tree.Declaration["kind"]];
type RouteBody = Pick<tree.RouteDeclaration, "run" | "settings" | "rules">;

/** The whole grammar. Making one takes some milliseconds: `parseTokens` makes one when it is first needed. */
export class DeclarationGrammar extends ProofGrammar {
  constructor(from: GrammarSource = "generated") {
    super(from);
    this.performSelfAnalysis();
  }

  protected recorded(): DeclarationGrammar {
    return new DeclarationGrammar("recorded");
  }

  parse(text: string, tokens: IToken[], recovering: boolean): Parsed {
    const { value, problems } = this.run(() => this.file(), text, tokens, recovering);
    return { declarations: value ?? [], problems };
  }

  private readonly import = this.RULE("import", (): Body<tree.ImportDeclaration> => {
    this.CONSUME(t.Import);
    return { kind: "import", path: this.SUBRULE(this.string) };
  });

  private readonly zone = this.RULE("timeZone", (): Body<tree.ZoneDeclaration> => {
    this.CONSUME(t.Time);
    this.CONSUME(t.own.zone);
    return { kind: "zone", zone: this.SUBRULE(this.string) };
  });

  private readonly request = this.RULE("request", (): Body<tree.RequestDeclaration> => {
    this.CONSUME(t.Request);
    const attributes = this.block<tree.AttributeDeclaration>({
      ...ATTRIBUTES,
      item: () => this.SUBRULE(this.attribute),
    });
    return { kind: "request", attributes };
  });

  private readonly attribute = this.RULE("attribute", (): tree.AttributeDeclaration => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    const type = this.SUBRULE(this.type);
    this.CONSUME(t.From);
    const token = this.CONSUME(t.Source);
    const source = { text: token.image, span: spanOf(token) };
    const at = this.SUBRULE(this.string);
    const value = this.OPTION(() => {
      this.CONSUME(t.Default);
      return this.SUBRULE(this.value);
    });
    return { name, type, source, at, default: value, span: this.from(first) };
  });

  private readonly type = this.RULE("type", (): tree.TypeNode => {
    const first = this.LA(1);
    const words: tree.Word[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Bar, ERR_MSG: "a type", DEF: () => words.push(this.SUBRULE(this.word)) });
    return { words, span: this.from(first) };
  });

  private readonly provider = this.RULE("provider", (): Body<tree.ProviderDeclaration> => {
    this.CONSUME(t.Provider);
    const name = this.SUBRULE(this.name);
    const fields = this.OPTION(() => this.SUBRULE(this.fields));
    return { kind: "provider", name, fields: fields ?? [] };
  });

  private readonly model = this.RULE("model", (): Body<tree.ModelDeclaration> => {
    this.CONSUME(t.Model);
    const name = this.SUBRULE(this.name);
    const rest = this.attempt(
      (): Pick<tree.ModelDeclaration, "provider" | "upstream" | "fields"> => {
        this.CONSUME(t.Assign);
        const provider = this.SUBRULE1(this.name);
        const upstream = this.SUBRULE(this.string);
        const fields = this.OPTION(() => this.SUBRULE(this.fields));
        return { provider, upstream, fields: fields ?? [] };
      },
      {
        provider: { text: "", span: name.span },
        upstream: { kind: "word", text: "", quoted: false, span: name.span },
        fields: [],
      },
      DECLARATIONS,
    );
    return { kind: "model", name, ...rest };
  });

  private readonly signal = this.RULE("signal", (): Body<tree.SignalDeclaration> => {
    this.CONSUME(t.Signal);
    const name = this.SUBRULE(this.name);
    const rest = this.attempt(
      (): Omit<Body<tree.SignalDeclaration>, "kind" | "name"> => {
        const type = this.SUBRULE(this.type);
        this.CONSUME(t.Assign);
        const source = this.SUBRULE(this.signalSource);
        const timeout = this.OPTION(() => {
          this.CONSUME(t.own.timeout);
          return this.SUBRULE(this.number);
        });
        const last = this.LA(1);
        const otherwise = this.OPTION1(() => {
          this.OR([
            { ALT: () => this.CONSUME(t.Else) },
            { ALT: () => this.slipped(this.CONSUME(t.Otherwise), "else") },
            { ALT: () => this.slipped(this.CONSUME(t.Default), "else") },
          ]);
          return this.SUBRULE(this.value);
        });
        if (this.recovering && otherwise !== undefined && this.next(t.own.timeout)) this.lateTimeout(last);
        return { type, source, timeout, otherwise };
      },
      {
        type: { words: [], span: name.span },
        source: { kind: "unread", span: name.span },
        timeout: undefined,
        otherwise: undefined,
      },
      DECLARATIONS,
    );
    return { kind: "signal", name, ...rest };
  });

  /** Says of `else no timeout 1s` that the two stand in the other order, and goes on after it. */
  private lateTimeout(first: IToken): void {
    const [between, value] = [this.LA(0), this.LA(2)];
    if (!t.is(value, t.NumberToken)) return;
    const right = `timeout ${value.image} ${this.source.slice(first.startOffset, t.endOf(between))}`;
    const span = { start: first.startOffset, end: t.endOf(value) };
    const fix = { title: `write ${code(right)}`, text: right };
    this.problem(span, `a \`timeout\` stands before \`else\`: ${fix.title}`, { fix });
    this.SKIP_TOKEN();
    this.SKIP_TOKEN();
  }

  private readonly meter = this.RULE("meter", (): Body<tree.MeterDeclaration> => {
    const first = this.OR([
      { ALT: () => this.CONSUME(t.Budget) },
      { ALT: () => this.CONSUME(t.Limit) },
      { ALT: () => this.CONSUME(t.Commit) },
    ]);
    const name = this.SUBRULE(this.name);
    const clauses = this.attempt(() => this.SUBRULE(this.clauses), [], DECLARATIONS);
    return { kind: "meter", meter: first.image as "budget" | "limit" | "commit", name, clauses };
  });

  private readonly let = this.RULE("let", (): Body<tree.LetDeclaration> => {
    this.CONSUME(t.Let);
    const name = this.SUBRULE(this.name);
    const condition = this.attempt(
      (): tree.Condition => {
        this.CONSUME(t.Assign);
        return this.SUBRULE(this.condition);
      },
      this.noCondition(name.span),
      DECLARATIONS,
    );
    return { kind: "let", name, condition };
  });

  private readonly plan = this.RULE("plan", (): Body<tree.PlanDeclaration> => {
    this.CONSUME(t.Plan);
    const name = this.SUBRULE(this.name);
    const run = this.attempt(
      (): tree.Expression => {
        this.CONSUME(t.Assign);
        return this.SUBRULE(this.expression);
      },
      this.noExpression(name.span),
      DECLARATIONS,
    );
    return { kind: "plan", name, run };
  });

  private readonly route = this.RULE("route", (): Body<tree.RouteDeclaration> => {
    this.CONSUME(t.Route);
    return this.OR({
      ERR_MSG: "the name of a route",
      MAX_LOOKAHEAD: 1,
      DEF: [
        { GATE: () => t.is(this.LA(2), t.Name), IGNORE_AMBIGUITIES: true, ALT: () => this.SUBRULE(this.eachRoute) },
        { ALT: () => this.SUBRULE(this.namedRoute) },
      ],
    });
  });

  private readonly namedRoute = this.RULE("namedRoute", (): Body<tree.RouteDeclaration> => {
    const names: tree.RouteName[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      ERR_MSG: "the name of a route",
      DEF: () => names.push(this.SUBRULE(this.routeName)),
    });
    const nothing: RouteBody = { run: undefined, settings: [], rules: [] };
    const body = this.attempt(() => this.SUBRULE(this.routeBody), nothing, DECLARATIONS);
    return { kind: "route", names, each: undefined, ...body };
  });

  /** `each openai as "openai/*" -> expression`. */
  private readonly eachRoute = this.RULE("eachRoute", (): Body<tree.RouteDeclaration> => {
    this.CONSUME(t.own.each);
    const each = this.SUBRULE(this.name);
    this.CONSUME(t.own.as);
    const { text, span } = this.SUBRULE(this.string) ?? { text: "", span: each.span };
    const names = [{ text, quoted: true, any: false, span }];
    const run = this.attempt(
      (): tree.Expression => {
        this.CONSUME(t.Arrow);
        return this.SUBRULE(this.expression);
      },
      this.noExpression(span),
      DECLARATIONS,
    );
    return { kind: "route", names, each, run, settings: [], rules: [] };
  });

  private readonly routeBody = this.RULE(
    "routeBody",
    (): RouteBody =>
      this.OR({
        ERR_MSG: "`->` or `{`",
        DEF: [
          {
            ALT: (): RouteBody => {
              this.CONSUME(t.Arrow);
              return { run: this.SUBRULE(this.expression), settings: [], rules: [] };
            },
          },
          { ALT: () => this.SUBRULE(this.routeBlock) },
        ],
      }),
  );

  private readonly routeBlock = this.RULE("routeBlock", (): RouteBody => {
    const items = this.block<tree.Rule | tree.Setting>({
      ...ROUTE,
      item: () =>
        this.OR({
          MAX_LOOKAHEAD: 1,
          ERR_MSG: ROUTE.called,
          DEF: [
            { ALT: () => this.SUBRULE(this.rule), IGNORE_AMBIGUITIES: true },
            { ALT: () => this.SUBRULE(this.setting) },
          ],
        }),
    });
    const settings = items.filter((item): item is tree.Setting => "name" in item);
    const rules = items.filter((item): item is tree.Rule => !("name" in item));
    this.ACTION(() => {
      const late = settings.find(({ span }) => span.start > (rules[0]?.span.start ?? span.start));
      if (late)
        this.problem(late.name.span, `${code(late.name.text)} stands after a rule: settings come before the rules`);
    });
    return { run: undefined, settings, rules };
  });

  private readonly setting = this.RULE("setting", (): tree.Setting => {
    const first = this.LA(1);
    const name = { text: first.image, span: spanOf(first) };
    return this.OR({
      MAX_LOOKAHEAD: 1,
      ERR_MSG: ROUTE.called,
      DEF: [
        {
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Setting => {
            this.CONSUME(t.own.for);
            return { kind: "for", name, condition: this.SUBRULE(this.condition), span: this.from(first) };
          },
        },
        {
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Setting => {
            this.CONSUME(t.own.strict);
            return { kind: "strict", name, span: this.from(first) };
          },
        },
        {
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Setting => {
            this.CONSUME(t.own.reuse);
            const duration = this.SUBRULE(this.value);
            const per = this.OPTION(() => {
              this.CONSUME(t.own.per);
              return this.SUBRULE(this.names);
            });
            return { kind: "reuse", name, duration, per: per ?? [], span: this.from(first) };
          },
        },
        {
          GATE: () => !this.recovering || !isMisspelt(this.LA(1).image),
          ALT: (): tree.Setting => {
            this.CONSUME(t.Name);
            this.SUBRULE(this.noAssign);
            return { kind: "setting", name, value: this.SUBRULE1(this.value), span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly prove = this.RULE("prove", (): Body<tree.ProveDeclaration> => {
    this.CONSUME(t.Prove);
    const name = this.SUBRULE(this.name);
    const nothing: ProofBody = { on: [], premise: undefined, claims: [] };
    const body = this.attempt(() => this.SUBRULE(this.proofBody), nothing, DECLARATIONS);
    return { kind: "prove", name, ...body };
  });

  private readonly testCase = this.RULE("testCase", (): Body<tree.TestDeclaration> => {
    this.CONSUME(t.Test);
    const title = this.SUBRULE(this.string);
    const body: TestBody = this.SUBRULE(this.testBody);
    return { kind: "test", title, ...body };
  });

  private readonly declaration = this.RULE("declaration", (): tree.Declaration => {
    const [first, second] = [this.LA(1), this.LA(2)];
    const start = this.position();
    this.broken = false;
    this.claims = false;
    const body: AnyBody = this.OR({
      ERR_MSG: DECLARATIONS.called,
      DEF: [
        { ALT: () => this.SUBRULE(this.import) },
        { ALT: () => this.SUBRULE(this.request) },
        { ALT: () => this.SUBRULE(this.provider) },
        { ALT: () => this.SUBRULE(this.model) },
        { ALT: () => this.SUBRULE(this.let) },
        { ALT: () => this.SUBRULE(this.plan) },
        { ALT: () => this.SUBRULE(this.route) },
        { ALT: () => this.SUBRULE(this.zone) },
        { ALT: () => this.SUBRULE(this.signal) },
        { ALT: () => this.SUBRULE(this.meter) },
        { ALT: () => this.SUBRULE(this.prove) },
        { ALT: () => this.SUBRULE(this.testCase) },
      ],
    });
    const span = this.from(first);
    const last = body.kind === "zone" ? second : first;
    if (this.recovering && !this.next(EOF) && !this.next(t.Declares)) {
      this.expect(DECLARATIONS.called);
      this.skipItem(start, DECLARATIONS);
    }
    const keyword = { start: first.startOffset, end: t.endOf(last) };
    return { ...body, span, keyword, doc: [], broken: this.broken };
  });

  private readonly file = this.RULE("file", (): tree.Declaration[] =>
    this.items<tree.Declaration>({ ...DECLARATIONS, item: () => this.SUBRULE(this.declaration) }, EOF),
  );
}
