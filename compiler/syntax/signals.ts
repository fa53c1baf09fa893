/** The grammar of where signals come from, with actions that build the tree. */
import { FactGrammar } from "./facts.ts";
import type { Items } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const MEANINGS: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.isName(token) || t.is(token, t.Text),
  called: 'a member and what it means, such as `code "about program code"`',
  commaEnds: true,
  inBraces: true,
};

export abstract class SignalGrammar extends FactGrammar {
  protected readonly signalSource = this.RULE("signalSource", (): tree.SignalSource => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: "a source such as `classifier`, `keywords`, `patterns` or `ask`",
      DEF: [
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.patterns);
            return { kind: "patterns", items: this.SUBRULE(this.patternList), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.keywords);
            const { items } = this.SUBRULE(this.words) ?? { items: [] };
            return { kind: "keywords", items, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.classifier);
            return { kind: "classifier", weights: this.SUBRULE(this.string), span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.similar);
            this.CONSUME(t.own.to);
            const examples = this.SUBRULE1(this.string);
            this.CONSUME(t.own.using);
            const embedder = this.SUBRULE(this.name);
            this.CONSUME(t.own.above);
            const above = this.SUBRULE(this.number);
            return { kind: "similar", examples, embedder, above, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.ask);
            const model = this.SUBRULE1(this.name);
            const prompt = this.OR1({
              ERR_MSG: 'a prompt file such as `"./prompt.md"`, or `{` and what each member means',
              DEF: [
                { ALT: (): tree.Word | readonly tree.MemberMeaning[] => this.SUBRULE2(this.string) },
                {
                  ALT: (): tree.Word | readonly tree.MemberMeaning[] =>
                    this.block<tree.MemberMeaning>({ ...MEANINGS, item: () => this.SUBRULE(this.meaning) }),
                },
              ],
            });
            return { kind: "ask", model, prompt, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.language);
            return { kind: "language", span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.http);
            const url = this.SUBRULE3(this.string);
            const fields = this.OPTION(() => this.SUBRULE(this.fields));
            return { kind: "http", url, fields, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.SignalSource => {
            this.CONSUME(t.own.module);
            return { kind: "module", file: this.SUBRULE4(this.string), span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly meaning = this.RULE("meaning", (): tree.MemberMeaning => {
    const first = this.LA(1);
    const member = this.SUBRULE(this.word);
    const meaning = this.SUBRULE(this.string);
    return { member, meaning, span: this.from(first) };
  });

  private readonly patternList = this.RULE("patternList", (): readonly (tree.Word | tree.Regex)[] => {
    const items: (tree.Word | tree.Regex)[] = [];
    this.CONSUME(t.OpenBracket);
    this.AT_LEAST_ONE({
      ERR_MSG: "a pattern such as `email` or `/text/`",
      DEF: () => {
        items.push(
          this.OR([
            { ALT: (): tree.Word | tree.Regex => this.SUBRULE(this.regex) },
            { ALT: (): tree.Word | tree.Regex => this.SUBRULE(this.word) },
          ]),
        );
        this.OPTION(() => this.CONSUME(t.Comma));
      },
    });
    this.CONSUME(t.CloseBracket);
    return items;
  });
}
