/** The grammar of options, and of the failures that they and plans name, with actions that build the tree. */
import type { IToken } from "chevrotain";
import { ConditionGrammar } from "./conditions.ts";
import { spanOf } from "./lexer.ts";
import { FAILURE } from "./messages.ts";
import type { Items } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const OPTIONS: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "an option such as `timeout 20s`",
  commaEnds: true,
  inBraces: true,
};

export abstract class OptionGrammar extends ConditionGrammar {
  protected readonly failure = this.RULE(
    "failure",
    (): tree.Name =>
      this.OR({
        ERR_MSG: FAILURE,
        DEF: [{ ALT: () => this.SUBRULE(this.name) }, { ALT: () => this.status(this.CONSUME(t.NumberToken)) }],
      }),
  );

  private readonly failureList = this.RULE("failureList", (): tree.WordList => {
    if (this.recovering && this.next(t.Name)) return this.unbracketed();
    const first = this.CONSUME(t.OpenBracket);
    const items: tree.Word[] = [];
    this.MANY(() => {
      items.push(
        this.OR([
          { ALT: () => this.SUBRULE(this.word) },
          { ALT: () => ({ kind: "word", quoted: false, ...this.status(this.CONSUME(t.NumberToken)) }) as const },
        ]),
      );
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.CloseBracket);
    return { kind: "list", items, span: this.from(first) };
  });

  /** Says that brackets are missing around `timeout, overloaded`; a name with a value after it is the next option. */
  private unbracketed(): tree.WordList {
    const names = [this.LA(1)];
    const goesOn = (at: number): boolean =>
      t.is(this.LA(at), t.Comma) &&
      t.is(this.LA(at + 1), t.Name) &&
      [t.Comma, t.CloseBrace].some((type) => t.is(this.LA(at + 2), type));
    for (let at = 2; goesOn(at); at += 2) names.push(this.LA(at + 1));
    const span = { start: this.LA(1).startOffset, end: t.endOf(names.at(-1) ?? this.LA(1)) };
    const right = `[${names.map(({ image }) => image).join(", ")}]`;
    const fix = { title: `write \`${right}\``, text: right };
    this.problem(span, `failures stand in brackets: ${fix.title}`, { fix });
    for (let skipped = 1; skipped < names.length * 2; skipped++) this.SKIP_TOKEN();
    const items = names.map(
      (token) => ({ kind: "word", text: token.image, quoted: false, span: spanOf(token) }) as const,
    );
    return { kind: "list", items, span };
  }

  /** Says that failures are written by their names; of no characters, this one stands for one that could not be read. */
  private status(token: IToken): tree.Name {
    this.unexpected(FAILURE, token);
    return { text: "", span: spanOf(token) };
  }

  protected readonly options = this.RULE("options", (): tree.Options => {
    const first = this.LA(1);
    if (this.bracesMissing()) return { kind: "options", options: [], span: this.from(first) };
    const options = this.block<tree.Option>({ ...OPTIONS, item: () => this.SUBRULE(this.planOption) });
    return { kind: "options", options, span: this.from(first) };
  });

  /** Of `with 3` and `with timeout 20s` says that braces are missing, and skips what should be between them. */
  private bracesMissing(): boolean {
    if (!this.recovering || this.next(t.OpenBrace)) return false;
    const before = this.next(t.Name) ? (t.is(this.LA(2), t.Assign) ? 2 : 1) : 0;
    if (![t.NumberToken, t.Text].some((type) => t.is(this.LA(before + 1), type))) return false;
    this.expect("`{`", this.LA(0));
    for (let skipped = 0; skipped <= before; skipped++) this.SKIP_TOKEN();
    return true;
  }

  private readonly planOption = this.RULE("planOption", (): tree.Option => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    // `retries 2 on [timeout]`, `tools only [search]`
    const list = this.OR({
      ERR_MSG: "`[`",
      DEF: [
        {
          ALT: (): tree.WordList | undefined => {
            this.CONSUME(t.On);
            return this.SUBRULE(this.failureList);
          },
        },
        { ALT: (): tree.WordList | undefined => this.SUBRULE(this.words) },
        {
          GATE: () => !(name.text === "tools" && value.kind === "word" && value.text === "only"),
          ALT: (): tree.WordList | undefined => undefined,
        },
      ],
    });
    return { name, value, list, span: this.from(first) };
  });

  /** `name = value`, where fields have no sign between name and value. */
  protected readonly noAssign = this.RULE("noAssign", (): void => {
    this.OPTION(() => {
      const token = this.CONSUME(t.Assign);
      this.needless(token, "a field is its name, then its value");
    });
  });
}
