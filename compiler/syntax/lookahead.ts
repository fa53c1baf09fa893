/**
 * Which tokens lead into which alternative, found out when the parser first comes there. Chevrotain finds out all of it
 * before it parses at all, which takes longer than most files: a policy has need of a few of the grammar's decisions.
 */
import { type ILookaheadStrategy, LLkLookaheadStrategy } from "chevrotain";

type Alternation = ILookaheadStrategy["buildLookaheadForAlternation"];
type Optional = ILookaheadStrategy["buildLookaheadForOptional"];

export class LazyLookahead extends LLkLookaheadStrategy implements ILookaheadStrategy {
  override buildLookaheadForAlternation(options: Parameters<Alternation>[0]): ReturnType<Alternation> {
    let found: ReturnType<Alternation> | undefined;
    const build = (): ReturnType<Alternation> => super.buildLookaheadForAlternation(options);
    return function (this: unknown, alternatives) {
      found ??= build();
      return found.call(this, alternatives);
    };
  }

  override buildLookaheadForOptional(options: Parameters<Optional>[0]): ReturnType<Optional> {
    let found: ReturnType<Optional> | undefined;
    const build = (): ReturnType<Optional> => super.buildLookaheadForOptional(options);
    return function (this: unknown) {
      found ??= build();
      return found.call(this);
    };
  }
}
