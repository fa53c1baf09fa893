/** The grammar of what providers, models and meters state, with actions that build the tree. */
import type { IToken, TokenType } from "chevrotain";
import { wordOf } from "./conditions.ts";
import { spanOf } from "./lexer.ts";
import type { Items } from "./recovery.ts";
import { RuleGrammar } from "./rules.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const PRICES: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "a price such as `input $0.25`",
  commaEnds: true,
  inBraces: true,
};
const FIELDS: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.isName(token) || t.is(token, t.Can) || t.is(token, t.With),
  called: "a field",
  commaEnds: true,
  inBraces: true,
};
const CLAUSES: Omit<Items<unknown>, "item"> = {
  starts: (token) => [t.own.per, t.On, t.own.for, t.Limit, t.own.spend, t.own.alert, t.own.allow].some(isOf(token)),
  called: "a clause such as `per tenant` or `limit $10 per day`",
  commaEnds: false,
  inBraces: true,
};

const QUANTILES: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "a quantile such as `p50 400ms`",
  commaEnds: true,
  inBraces: true,
};
const FAILURE_SHARES: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.is(token, t.NumberToken),
  called: "a share such as `5% overloaded`",
  commaEnds: true,
  inBraces: true,
};

function isOf(token: IToken): (type: Parameters<typeof t.is>[1]) => boolean {
  return (type) => t.is(token, type);
}

export abstract class FactGrammar extends RuleGrammar {
  // Fields of providers and models

  protected readonly fields = this.RULE("fields", (): readonly tree.Field[] =>
    this.block<tree.Field>({ ...FIELDS, item: () => this.SUBRULE(this.field) }),
  );

  private readonly field = this.RULE("field", (): tree.Field => {
    const first = this.LA(1);
    const field = (_: IToken, value: tree.FieldValue): tree.Field => ({
      name: { text: first.image, span: spanOf(first) },
      value,
      span: this.from(first),
    });
    // By the second token where the first does not tell: to look two ahead at every name there is takes milliseconds.
    const before =
      (...types: TokenType[]) =>
      () =>
        types.some((type) => t.is(this.LA(2), type));
    return this.OR({
      MAX_LOOKAHEAD: 1,
      ERR_MSG: FIELDS.called,
      DEF: [
        { ALT: (): tree.Field => field(this.CONSUME(t.With), this.SUBRULE(this.options)) },
        {
          GATE: before(t.own.during),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.price), this.SUBRULE(this.pricesDuring)),
        },
        {
          GATE: before(t.own.ai_sdk),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.protocol), this.SUBRULE(this.sdk)),
        },
        {
          GATE: before(t.OpenBrace),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.breaker), this.SUBRULE(this.breaker)),
        },
        {
          GATE: before(t.Text),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.Header), this.SUBRULE(this.headerField)),
        },
        {
          GATE: before(t.NumberToken),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.allow), this.SUBRULE(this.ownAllowances)),
        },
        {
          GATE: before(t.NumberToken, t.OpenBrace),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.latency), this.SUBRULE(this.latency)),
        },
        {
          GATE: before(t.NumberToken),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.speed), this.SUBRULE(this.speed)),
        },
        {
          GATE: before(t.OpenBrace),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Field => field(this.CONSUME(t.own.fail), this.SUBRULE(this.failureShares)),
        },
        {
          ALT: (): tree.Field => {
            const name = this.OR1([{ ALT: () => this.CONSUME(t.Can) }, { ALT: () => this.CONSUME(t.Name) }]);
            this.SUBRULE(this.noAssign);
            return field(name, this.SUBRULE(this.fieldValue));
          },
        },
      ],
    });
  });

  private readonly fieldValue = this.RULE(
    "fieldValue",
    (): tree.FieldValue =>
      this.OR({
        ERR_MSG: "a value",
        DEF: [
          { IGNORE_AMBIGUITIES: true, ALT: () => this.SUBRULE(this.environment) },
          { ALT: () => this.SUBRULE(this.words) },
          { ALT: () => this.SUBRULE(this.prices) },
          { ALT: () => this.SUBRULE(this.value) },
        ],
      }),
  );

  private readonly environment = this.RULE("environment", (): tree.Environment => {
    const first = this.CONSUME(t.own.env);
    return this.OR({
      ERR_MSG: "the name of an environment variable in double quotes",
      DEF: [
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
      ],
    });
  });

  private readonly prices = this.RULE("prices", (): tree.PriceBlock => {
    const first = this.LA(1);
    const entries = this.block<tree.PriceBlock["entries"][number]>({
      ...PRICES,
      item: () => this.SUBRULE(this.price),
    });
    return { kind: "prices", during: undefined, entries, span: this.from(first) };
  });

  private readonly price = this.RULE("price", (): tree.PriceBlock["entries"][number] => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { name, value, span: this.from(first) };
  });

  private readonly pricesDuring = this.RULE("pricesDuring", (): tree.PriceBlock => {
    const first = this.CONSUME(t.own.during);
    const range = this.SUBRULE(this.range);
    const zone = this.OPTION(() => {
      this.CONSUME(t.own.zone);
      return this.SUBRULE(this.string);
    });
    const during = { range, zone, span: this.from(first) };
    const { entries } = this.SUBRULE(this.prices) ?? { entries: [] };
    return { kind: "prices", during, entries, span: this.from(first) };
  });

  private readonly sdk = this.RULE("sdk", (): tree.SdkPackage => {
    const first = this.CONSUME(t.own.ai_sdk);
    return { kind: "sdk", package: this.SUBRULE(this.string), span: this.from(first) };
  });

  private readonly breaker = this.RULE("breaker", (): tree.Breaker => {
    const first = this.CONSUME(t.OpenBrace);
    this.CONSUME(t.own.trip);
    this.CONSUME(t.After);
    const failures = this.SUBRULE(this.number);
    this.CONSUME(t.own.failures);
    this.CONSUME(t.In);
    const window = this.SUBRULE1(this.number);
    this.OPTION(() => this.CONSUME(t.Comma));
    this.CONSUME(t.own.rest);
    const rest = this.SUBRULE2(this.number);
    this.CONSUME(t.CloseBrace);
    return { kind: "breaker", failures, window, rest, span: this.from(first) };
  });

  private readonly headerField = this.RULE("headerField", (): tree.HeaderField => {
    const first = this.LA(1);
    const header = this.SUBRULE(this.string);
    const value = this.OR({
      ERR_MSG: 'a text in double quotes, or `env "NAME"`',
      DEF: [{ ALT: () => this.SUBRULE1(this.string) }, { ALT: () => this.SUBRULE(this.environment) }],
    });
    return { kind: "header", header, value, span: this.from(first) };
  });

  // What a simulated provider does

  private readonly latency = this.RULE("latency", (): tree.Latency | tree.Quantiles => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: "a duration such as `300ms`",
      DEF: [
        {
          ALT: (): tree.Latency => {
            const from = this.SUBRULE(this.number);
            const to = this.OPTION(() => {
              this.CONSUME(t.Dots);
              return this.SUBRULE1(this.number);
            });
            return { kind: "latency", from, to, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Quantiles => {
            const quantiles = this.block<tree.Quantiles["quantiles"][number]>({
              ...QUANTILES,
              item: () => this.SUBRULE(this.quantile),
            });
            return { kind: "quantiles", quantiles, span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly quantile = this.RULE("quantile", (): tree.Quantiles["quantiles"][number] => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.number);
    return { name, value, span: this.from(first) };
  });

  private readonly speed = this.RULE("speed", (): tree.Speed => {
    const rate = this.SUBRULE(this.allowance);
    return { kind: "speed", ...rate };
  });

  private readonly failureShares = this.RULE("failureShares", (): tree.FailureShares => {
    const first = this.LA(1);
    const shares = this.block<tree.FailureShares["shares"][number]>({
      ...FAILURE_SHARES,
      item: () => this.SUBRULE(this.failureShare),
    });
    return { kind: "shares", shares, span: this.from(first) };
  });

  private readonly failureShare = this.RULE("failureShare", (): tree.FailureShares["shares"][number] => {
    const first = this.LA(1);
    const share = this.SUBRULE(this.number);
    const failure = this.SUBRULE(this.name);
    return { share, failure, span: this.from(first) };
  });

  // What may be spent and called

  private readonly allowances = this.RULE(
    "allowances",
    (): tree.Allowances => this.allowed(() => this.SUBRULE(this.allowance)),
  );

  private readonly ownAllowances = this.RULE(
    "ownAllowances",
    (): tree.Allowances => this.allowed(() => this.SUBRULE(this.ownAllowance)),
  );

  private allowed(allowance: () => tree.Allowance): tree.Allowances {
    const first = this.LA(1);
    const allowances: tree.Allowance[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      ERR_MSG: "an allowance such as `60 requests per minute`",
      DEF: () => allowances.push(allowance()),
    });
    return { kind: "allow", allowances, span: this.from(first) };
  }

  /** That of a provider or a model, which may be for each of the keys. */
  private readonly ownAllowance = this.RULE("ownAllowance", (): tree.Allowance => {
    const first = this.LA(1);
    const allowance = this.SUBRULE(this.allowance);
    const per = this.OPTION({
      GATE: () => t.is(this.LA(2), t.own.key),
      DEF: () => {
        this.CONSUME(t.own.per);
        const key = this.CONSUME(t.own.key);
        return { text: key.image, span: spanOf(key) };
      },
    });
    return { ...allowance, per, span: this.from(first) };
  });

  private readonly allowance = this.RULE("allowance", (): tree.Allowance => {
    const first = this.LA(1);
    const count = this.SUBRULE(this.number);
    const unit = this.SUBRULE(this.unit);
    const window = this.SUBRULE(this.window);
    return { count, unit, window, per: undefined, span: this.from(first) };
  });

  /** `requests`, or two words such as `input tokens`. */
  private readonly unit = this.RULE("unit", (): tree.Name => {
    const first = this.LA(1);
    const words: string[] = [];
    this.OR({
      ERR_MSG: "`requests` or `tokens`",
      DEF: [{ GATE: () => !this.next(t.own.per), ALT: () => words.push(this.CONSUME(t.Name).image) }],
    });
    this.OPTION({
      GATE: () => !this.next(t.own.per) && t.is(this.LA(2), t.own.per),
      DEF: () => words.push(this.CONSUME1(t.Name).image),
    });
    return { text: words.join(" "), span: this.from(first) };
  });

  private readonly window = this.RULE("window", (): tree.Window => {
    this.CONSUME(t.own.per);
    return this.OR({
      ERR_MSG: "a window such as `hour` or `3h`",
      DEF: [
        { ALT: (): tree.Window => wordOf(this.CONSUME(t.Name)) },
        { ALT: (): tree.Window => this.SUBRULE(this.number) },
      ],
    });
  });

  protected readonly clauses = this.RULE("clauses", (): readonly tree.MeterClause[] =>
    this.block<tree.MeterClause>({ ...CLAUSES, item: () => this.SUBRULE(this.clause) }),
  );

  private readonly clause = this.RULE("clause", (): tree.MeterClause => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: CLAUSES.called,
      DEF: [
        {
          ALT: (): tree.MeterClause => {
            this.CONSUME(t.own.per);
            return { kind: "per", names: this.SUBRULE(this.names), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.MeterClause => {
            this.CONSUME(t.On);
            return { kind: "on", names: this.SUBRULE1(this.names), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.MeterClause => {
            this.CONSUME(t.own.for);
            return { kind: "for", condition: this.SUBRULE(this.condition), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.MeterClause => {
            const kind = this.OR1([
              { ALT: () => this.CONSUME(t.Limit) && ("limit" as const) },
              { ALT: () => this.CONSUME(t.own.spend) && ("spend" as const) },
            ]);
            const amount = this.SUBRULE(this.number);
            const window = this.SUBRULE(this.window);
            return { kind, amount, window, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.MeterClause => {
            this.CONSUME(t.own.alert);
            this.CONSUME(t.own.at);
            const at: tree.Literal[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: t.Comma,
              ERR_MSG: "a percentage such as `80%`",
              DEF: () => at.push(this.SUBRULE1(this.number)),
            });
            return { kind: "alert", at, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.MeterClause => {
            this.CONSUME(t.own.allow);
            const { allowances } = this.SUBRULE(this.allowances) ?? { allowances: [] };
            return { kind: "allow", allowances, span: this.from(first) };
          },
        },
      ],
    });
  });
}
