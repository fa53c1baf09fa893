/**
 * The grammar of declarations, and the parser that reads them. Everywhere specific alternatives stand before bare
 * names: Chevrotain takes the first that matches, and most keywords are names as well.
 */
import { EOF, type IToken } from "chevrotain";
import { spanOf } from "./lexer.ts";
import { code, DECLARATION, type Problem } from "./messages.ts";
import type { Ends, Items } from "./recovery.ts";
import { isName, RULES, RuleGrammar } from "./rules.ts";
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
  starts: isName,
  called: "an attribute",
  commaEnds: true,
  inBraces: true,
};
const PRICES: Omit<Items<unknown>, "item"> = {
  starts: isName,
  called: "a price such as `input $0.25`",
  commaEnds: true,
  inBraces: true,
};
const FIELDS: Omit<Items<unknown>, "item"> = {
  starts: (token) => isName(token) || t.is(token, t.Can) || t.is(token, t.With),
  called: "a field",
  commaEnds: true,
  inBraces: true,
};
const ROUTE: Omit<Items<unknown>, "item"> = {
  starts: (token) => isName(token) || RULES.starts(token),
  called: RULES.called,
  commaEnds: false,
  inBraces: true,
};

/** Fields and settings of a later version, by name, or by name and first word. */
const LATER_FIELDS: ReadonlySet<string> = new Set(["allow", "header", "breaker", "protocol ai_sdk", "price during"]);
const LATER_SETTINGS: ReadonlySet<string> = new Set(["for", "strict", "reuse"]);

/** A declaration without what all have in common. */
type Body<D extends tree.Declaration> = Omit<D, "span" | "keyword" | "doc" | "broken">;
type AnyBody = { [D in tree.Declaration as D["kind"]]: Body<D> }[tree.Declaration["kind"]];
type RouteBody = Pick<tree.RouteDeclaration, "run" | "settings" | "rules">;

/** The whole grammar. Making one takes some milliseconds: `parseTokens` makes one when it is first needed. */
export class DeclarationGrammar extends RuleGrammar {
  constructor(validate = false) {
    super(validate);
    this.performSelfAnalysis();
  }

  parse(text: string, tokens: IToken[], recovering: boolean): Parsed {
    const { value, problems } = this.run(() => this.file(), text, tokens, recovering);
    return { declarations: value ?? [], problems };
  }

  private readonly import = this.RULE("import", (): Body<tree.ImportDeclaration> => {
    this.CONSUME(t.Import);
    return { kind: "import", path: this.SUBRULE(this.string) };
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
        upstream: { kind: "word", text: "", quoted: true, span: name.span },
        fields: [],
      },
      DECLARATIONS,
    );
    return { kind: "model", name, ...rest };
  });

  private readonly fields = this.RULE("fields", (): readonly tree.Field[] =>
    this.block<tree.Field>({ ...FIELDS, item: () => this.SUBRULE(this.field) }),
  );

  private readonly field = this.RULE("field", (): tree.Field | undefined => {
    const first = this.LA(1);
    return this.OR([
      {
        ALT: (): tree.Field => {
          const name = nameOf(this.CONSUME(t.With));
          const value = this.SUBRULE(this.options);
          return { name, value, span: this.from(first) };
        },
      },
      {
        ALT: (): tree.Field | undefined => {
          const name = this.OR1([
            { ALT: () => nameOf(this.CONSUME(t.Can)) },
            { ALT: () => nameOf(this.CONSUME(t.Name)) },
          ]);
          if (LATER_FIELDS.has(name.text)) return this.skipLater(first, FIELDS);
          if (LATER_FIELDS.has(`${name.text} ${this.LA(1).image}`)) {
            this.SKIP_TOKEN();
            return this.skipLater(first, FIELDS);
          }
          this.SUBRULE(this.noAssign);
          const value = this.SUBRULE(this.fieldValue);
          return { name, value, span: this.from(first) };
        },
      },
    ]);
  });

  /** Gives up an item that begins with words of a later version, which have just been read. */
  private skipLater(first: IToken, items: Ends): undefined {
    this.later(first, this.LA(0));
    this.skipItem(this.position() - 1, items);
    return undefined;
  }

  private readonly fieldValue = this.RULE(
    "fieldValue",
    (): tree.FieldValue =>
      this.OR({
        ERR_MSG: "a value",
        DEF: [
          { ALT: () => this.SUBRULE(this.environment) },
          { ALT: () => this.SUBRULE(this.words) },
          { ALT: () => this.SUBRULE(this.prices) },
          { ALT: () => this.SUBRULE(this.value) },
        ],
      }),
  );

  private readonly environment = this.RULE("environment", (): tree.Environment => {
    const first = this.CONSUME(t.Env);
    return this.OR([
      {
        ALT: (): tree.Environment => {
          const name = this.SUBRULE(this.string);
          return { kind: "env", names: [name], bracketed: false, span: this.from(first) };
        },
      },
      {
        ALT: (): tree.Environment => {
          const names: tree.Word[] = [];
          this.CONSUME(t.OpenBracket);
          this.AT_LEAST_ONE({
            ERR_MSG: "the name of an environment variable in double quotes",
            DEF: () => {
              names.push(this.SUBRULE1(this.string));
              this.OPTION(() => this.CONSUME(t.Comma));
            },
          });
          this.CONSUME(t.CloseBracket);
          return { kind: "env", names, bracketed: true, span: this.from(first) };
        },
      },
    ]);
  });

  private readonly prices = this.RULE("prices", (): tree.PriceBlock => {
    const first = this.LA(1);
    const entries = this.block<tree.PriceBlock["entries"][number]>({
      ...PRICES,
      item: () => this.SUBRULE(this.price),
    });
    return { kind: "prices", entries, span: this.from(first) };
  });

  private readonly price = this.RULE("price", (): tree.PriceBlock["entries"][number] => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { name, value, span: this.from(first) };
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
    const first = this.CONSUME(t.Route);
    return this.OR({
      // One token decides, so that what follows a name is not taken for the mistake.
      MAX_LOOKAHEAD: 1,
      ERR_MSG: "the name of a route",
      DEF: [
        {
          GATE: () => t.is(this.LA(2), t.Name),
          IGNORE_AMBIGUITIES: true,
          ALT: (): Body<tree.RouteDeclaration> => {
            const each = this.CONSUME(t.Each);
            this.CONSUME(t.Name);
            this.later(first, each);
            this.skipItem(this.position(), DECLARATIONS);
            return { kind: "route", names: [], run: undefined, settings: [], rules: [] };
          },
        },
        {
          ALT: (): Body<tree.RouteDeclaration> => {
            const names: tree.RouteName[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: t.Comma,
              ERR_MSG: "the name of a route",
              DEF: () => names.push(this.SUBRULE(this.routeName)),
            });
            const nothing: RouteBody = { run: undefined, settings: [], rules: [] };
            const body = this.attempt(() => this.SUBRULE(this.routeBody), nothing, DECLARATIONS);
            return { kind: "route", names, ...body };
          },
        },
      ],
    });
  });

  private readonly routeName = this.RULE("routeName", (): tree.RouteName => {
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
    return { text, quoted, any: t.is(token, t.Star), span: spanOf(token) };
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
    const items = this.block<tree.Rule | tree.Field>({
      ...ROUTE,
      item: () =>
        this.OR({
          ERR_MSG: ROUTE.called,
          DEF: [
            { ALT: () => this.SUBRULE(this.rule), IGNORE_AMBIGUITIES: true },
            { ALT: () => this.SUBRULE(this.setting) },
          ],
        }),
    });
    const rules = items.filter((item) => "kind" in item);
    const settings = items.filter((item): item is tree.Field => !("kind" in item));
    this.ACTION(() => {
      const late = settings.find(({ span }) => span.start > (rules[0]?.span.start ?? span.start));
      if (late)
        this.problem(late.name.span, `${code(late.name.text)} stands after a rule: settings come before the rules`);
    });
    return { run: undefined, settings, rules };
  });

  private readonly setting = this.RULE("setting", (): tree.Field | undefined => {
    const first = this.CONSUME(t.Name);
    if (LATER_SETTINGS.has(first.image)) return this.skipLater(first, ROUTE);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { name: nameOf(first), value, span: this.from(first) };
  });

  private readonly declaration = this.RULE("declaration", (): tree.Declaration | undefined => {
    const first = this.LA(1);
    const start = this.position();
    this.broken = false;
    const body: AnyBody | undefined = this.OR({
      ERR_MSG: DECLARATIONS.called,
      DEF: [
        { ALT: () => this.SUBRULE(this.import) },
        { ALT: () => this.SUBRULE(this.request) },
        { ALT: () => this.SUBRULE(this.provider) },
        { ALT: () => this.SUBRULE(this.model) },
        { ALT: () => this.SUBRULE(this.let) },
        { ALT: () => this.SUBRULE(this.plan) },
        { ALT: () => this.SUBRULE(this.route) },
        {
          ALT: () => {
            this.CONSUME(t.LaterDeclaration);
            return this.skipLater(first, DECLARATIONS);
          },
        },
      ],
    });
    if (body === undefined) return undefined;
    const span = this.from(first);
    if (this.recovering && !this.next(EOF) && !this.next(t.Declares)) {
      this.expect(DECLARATIONS.called);
      this.skipItem(start, DECLARATIONS);
    }
    return { ...body, span, keyword: spanOf(first), doc: [], broken: this.broken };
  });

  private readonly file = this.RULE("file", (): tree.Declaration[] =>
    this.items<tree.Declaration>({ ...DECLARATIONS, item: () => this.SUBRULE(this.declaration) }, EOF),
  );
}

function nameOf(token: IToken): tree.Name {
  return { text: token.image, span: spanOf(token) };
}
