import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkRegex,
  partitionStrings,
  type StringAtom,
  type StringPartition,
} from "../../../compiler/strings/index.ts";
import type { StringDomain } from "../../../runtime/table/index.ts";
import { compileAutomaton } from "../../../runtime/table/match-automaton.ts";

const equals = (text: string): StringAtom => ({ kind: "equals", text });
const prefix = (text: string): StringAtom => ({ kind: "prefix", text });
const suffix = (text: string): StringAtom => ({ kind: "suffix", text });
const contains = (text: string): StringAtom => ({ kind: "contains", text });
const regex = (source: string, flag = ""): StringAtom => ({ kind: "regex", source, ignoreCase: flag === "i" });

/** What an atom means, said by JavaScript. */
function holds(atom: StringAtom, text: string): boolean {
  switch (atom.kind) {
    case "equals":
      return text === atom.text;
    case "prefix":
      return text.startsWith(atom.text);
    case "suffix":
      return text.endsWith(atom.text);
    case "contains":
      return text.includes(atom.text);
    case "regex":
      return new RegExp(atom.source, atom.ignoreCase ? "i" : "").test(text);
  }
}

/** What the table's schema says of a string's region. */
function regionFinder(domain: StringDomain): (text: string) => number | undefined {
  const tests = domain.patterns.map((pattern) =>
    pattern.kind === "regex" ? compileAutomaton(pattern.states) : (text: string) => holds(pattern, text),
  );
  const signature = (text: string): string => tests.map((test) => (test(text) ? "1" : "0")).join("");
  return (text) => (Object.hasOwn(domain.constants, text) ? domain.constants[text] : domain.others[signature(text)]);
}

function partition(atoms: readonly StringAtom[], closed?: readonly string[]): StringPartition {
  const result = partitionStrings(atoms, closed);
  if ("undecided" in result) throw new Error(result.undecided);
  return result;
}

const truth = (atoms: readonly StringAtom[], text: string): string =>
  atoms.map((atom) => (holds(atom, text) ? 1 : 0)).join("");

const shown = (atoms: readonly StringAtom[]): string[] => [...partition(atoms).samples];

const character = fc.constantFrom(..."abAB01_- \n\rſéÉK\u2028\ud83d\ude00");
const shortText = fc.string({ unit: character, maxLength: 3 });

/** Regular expressions whose meaning JavaScript and routec must agree on. */
const { source } = fc.letrec<{ source: string; sequence: string; part: string; simple: string }>((tie) => ({
  source: fc.array(tie("sequence"), { minLength: 1, maxLength: 2 }).map((sequences) => sequences.join("|")),
  sequence: fc.array(tie("part"), { maxLength: 4 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { depthSize: "small" },
    { weight: 4, arbitrary: tie("simple") },
    { weight: 1, arbitrary: fc.constantFrom("^", "$", "\\b", "\\B") },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("simple"), fc.constantFrom("*", "+", "?", "*?", "{2}", "{1,2}", "{0}", "{2,}"))
        .map((pair) => pair.join("")),
    },
  ),
  simple: fc.oneof(
    { depthSize: "small" },
    { weight: 4, arbitrary: fc.constantFrom(..."abAB01_-éK") },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...[".", "\\w", "\\W", "\\d", "\\D", "\\s", "\\S", "[ab]", "[^a]", "[^\\wé]", "[A-_]", "[]", "[^]", "\\u017f"],
      ),
    },
    { weight: 1, arbitrary: tie("source").map((inner) => `(${inner})`) },
    { weight: 1, arbitrary: tie("source").map((inner) => `(?:${inner})`) },
  ),
}));

const anyAtom = fc.oneof(
  shortText.map(equals),
  shortText.map(prefix),
  shortText.map(suffix),
  shortText.map(contains),
  fc.tuple(source, fc.constantFrom("", "i")).map(([text, flag]) => regex(text, flag)),
);
const atoms = fc.array(anyAtom, { maxLength: 5 });

/** Strings near the atoms: made of their texts and of the characters that they speak of. */
const textsNear = (given: readonly StringAtom[]): fc.Arbitrary<string> => {
  const pieces = given.flatMap((atom) => ("text" in atom ? [atom.text] : []));
  return fc.array(fc.oneof(fc.constantFrom("", ...pieces), shortText), { maxLength: 4 }).map((parts) => parts.join(""));
};

describe("a partition of strings", () => {
  it("says of every string which atoms hold, as JavaScript does", () => {
    const given = atoms.chain((list) =>
      fc.tuple(fc.constant(list), fc.array(textsNear(list), { minLength: 20, maxLength: 20 })),
    );
    fc.assert(
      fc.property(given, ([list, texts]) => {
        const { domain, regionsOf } = partition(list);
        const regionOf = regionFinder(domain);
        for (const text of texts) {
          const region = regionOf(text);
          expect(region, JSON.stringify(text)).toBeTypeOf("number");
          for (const atom of list) {
            expect(regionsOf(atom).includes(region ?? -1), JSON.stringify([atom, text])).toBe(holds(atom, text));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("has a sample in each region, and no two regions that all atoms treat alike", () => {
    fc.assert(
      fc.property(atoms, (list) => {
        const { domain, samples } = partition(list);
        expect(samples.map(regionFinder(domain))).toEqual([...samples.keys()]);
        expect(samples).toHaveLength(domain.regions);
        expect(new Set(samples.map((sample) => truth(list, sample))).size).toBe(domain.regions);
      }),
      { numRuns: 500 },
    );
  });

  it("has the regions that trying out all short strings finds", () => {
    const strings = [""];
    for (const text of strings) if (text.length < 5) strings.push(`${text}a`, `${text}b`, `${text}c`);
    const tiny = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 2 });
    const affixes = fc.array(fc.oneof(tiny.map(prefix), tiny.map(suffix), tiny.map(contains)), { maxLength: 2 });
    fc.assert(
      fc.property(affixes, (list) => {
        const found = new Set(strings.map((text) => truth(list, text)));
        expect(partition(list).domain.regions).toBe(found.size);
      }),
    );
  });

  it("numbers constants as they are named, then the rest, the region of no pattern last", () => {
    expect(partition([prefix("gpt-"), equals("gpt-4"), suffix("-mini"), equals("opus")]).domain).toEqual({
      kind: "strings",
      regions: 6,
      constants: { "gpt-4": 0, opus: 1 },
      patterns: [
        { kind: "prefix", text: "gpt-" },
        { kind: "suffix", text: "-mini" },
      ],
      others: { "11": 2, "10": 3, "01": 4, "00": 5 },
    });
  });

  it("gives no region to what only constants can be", () => {
    expect(partition([regex("^(a|b)$"), equals("a"), equals("b")]).domain).toMatchObject({
      regions: 3,
      others: { "0": 2 },
    });
    expect(partition([regex("^(a|b)$"), equals("a")]).domain.others).toEqual({ "1": 1, "0": 2 });
    expect(partition([regex("^$"), equals("")]).domain.others).toEqual({ "0": 1 });
  });

  it("gives no region to what no string can be", () => {
    expect(partition([prefix("a"), prefix("ab"), prefix("b")]).domain.others).toEqual({
      "110": 0,
      "100": 1,
      "001": 2,
      "000": 3,
    });
    expect(partition([contains("")]).domain.others).toEqual({ "1": 0 });
    expect(partition([regex("[]")]).domain.others).toEqual({ "0": 0 });
  });

  it("takes atoms that are given twice once", () => {
    const twice = [regex("a+"), prefix("b"), equals("c")];
    expect(partition([...twice, ...twice]).domain).toEqual(partition(twice).domain);
    expect(partition([regex("a"), regex("a", "i")]).domain.patterns).toHaveLength(2);
  });

  it("keeps constants apart whatever they are called", () => {
    const { domain, samples } = partition([equals("__proto__"), equals("constructor"), equals("2")]);
    expect(samples).toEqual(["__proto__", "constructor", "2", "other"]);
    expect(Object.entries(JSON.parse(JSON.stringify(domain)).constants)).toHaveLength(3);
  });

  it("gives ten thousand constants a region each", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => equals(`tenant-${i}`));
    const { domain, regionsOf } = partition([...many, prefix("tenant-"), suffix("9")]);
    expect(domain.regions).toBe(10_004);
    expect(regionsOf(equals("tenant-77"))).toEqual([77]);
    expect(regionsOf(prefix("tenant-"))).toHaveLength(10_002);
  });

  it("does not answer for an atom that it was not given", () => {
    const { regionsOf } = partition([equals("a")]);
    expect(() => regionsOf(prefix("a"))).toThrow('not among the atoms of this partition: {"kind":"prefix","text":"a"}');
  });
});

describe("samples", () => {
  it("are what a person would write", () => {
    expect(shown([])).toEqual(["other"]);
    expect(shown([equals("other"), equals("gold")])).toEqual(["other", "gold", "another"]);
    expect(shown([prefix("gpt-"), suffix("-mini"), contains("turbo")])).toEqual([
      "gpt-turbo-mini",
      "gpt-mini",
      "gpt-turbo",
      "gpt-",
      "turbo-mini",
      "-mini",
      "turbo",
      "other",
    ]);
    expect(shown([regex("^[a-z]+/[a-z]+$")])).toEqual(["a/a", "other"]);
    expect(shown([regex("^\\d{3}-\\d{4}$"), regex("[^\\x00-\\x7f]")])).toEqual(["000-0000", "ª", "other"]);
    expect(shown([contains("😀")])).toEqual(["😀", "other"]);
    expect(shown([regex("^.?$")])).toEqual(["a", "other"]);
  });

  it("are readable before they are short, and empty only where nothing else will do", () => {
    expect(shown([regex("^([\\x00-\\x1f]|[a-z]{2})$")])).toEqual(["aa", "other"]);
    expect(shown([regex("^[\\x00-\\x1f]?$")])).toEqual(["\0", "other"]);
    expect(shown([regex("^$")])).toEqual(["", "other"]);
  });
});

describe("a closed set of strings", () => {
  const closed = ["fast", "smart", "smart-mini", "draft", "batch"];

  it("falls into groups that no atom tells apart, and needs no pattern at run time", () => {
    const { domain, samples, regionsOf } = partition([equals("draft"), prefix("smart"), equals("missing")], closed);
    expect(domain).toEqual({
      kind: "strings",
      regions: 3,
      constants: { fast: 0, smart: 1, "smart-mini": 1, draft: 2, batch: 0 },
      patterns: [],
      others: {},
    });
    expect(samples).toEqual(["fast", "smart", "draft"]);
    expect(regionsOf(prefix("smart"))).toEqual([1]);
    expect(regionsOf(equals("missing"))).toEqual([]);
    expect(partition([equals("draft"), prefix("smart")], [...closed, ...closed]).domain).toEqual(domain);
  });

  it("is decided where the open set would be too much work", () => {
    const letters = [..."abcdefghijklmnop"].map(contains);
    expect(partitionStrings(letters)).toEqual({ undecided: "more than 4096 combinations of the patterns can hold" });
    expect(partition(letters, ["a", "b", "ab"]).domain.regions).toBe(3);
  });
});

describe("too much work", () => {
  it.each([
    [[regex("(a|b).{20}$", "i")], "`/(a|b).{20}$/i` cannot be analysed: its automaton has more than 10000 states"],
    [
      [suffix("é".repeat(2_000))],
      `\`ends_with "${"é".repeat(49)}…\` cannot be analysed: its automaton has more than 2000 states`,
    ],
    [[regex("a.{9}$"), regex("b.{9}$"), regex("c.{9}$")], "the patterns together need more than 2000000 transitions"],
    [[..."abcdefghijklm"].map(contains), "more than 4096 combinations of the patterns can hold"],
  ])("is said, never answered wrongly (%#)", (list, reason) => {
    expect(partitionStrings(list)).toEqual({ undecided: reason });
  });

  it("is a bad expression that was not checked", () => {
    expect(partitionStrings([regex("(")])).toEqual({ undecided: "`/(/` cannot be analysed: unterminated group" });
  });
});

describe("a regular expression", () => {
  const accepting = (source: string, flag = ""): ((text: string) => boolean) => {
    const [pattern] = partition([regex(source, flag)]).domain.patterns;
    if (pattern?.kind !== "regex") throw new Error("no automaton");
    return compileAutomaton(pattern.states);
  };
  const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));

  it.each([
    ...[
      ".",
      "\\w",
      "\\W",
      "\\s",
      "\\S",
      "\\d",
      "[^a]",
      "[^é-ý]",
      "[\\W\\d]",
      "\\b",
      "[a-zß-ſ]",
      "\\u212a",
      "\\cA",
      "\\0",
    ],
    ...["[\\b]", "\\x41", "\\/", "[Ā-ž]", "[^Ω]", "\\101"],
  ])("reads /%s/ as JavaScript does, for every code unit, with and without i", (source) => {
    for (const flag of ["", "i"]) {
      const matches = accepting(source, flag);
      const expected = new RegExp(source, flag);
      expect(units.filter((unit) => matches(unit) !== expected.test(unit))).toEqual([]);
    }
  });

  it("becomes one minimal automaton, however it is written", () => {
    const states = (source: string) => partition([regex(source)]).domain.patterns.map((p) => "states" in p && p.states);
    expect(states("a|ab|a+")).toEqual(states("a"));
    expect(states("(?:x|y)*$|^z")).toEqual(states(""));
    expect(states("ab$")).toEqual([
      [
        {
          next: [
            [0, 96, 0],
            [97, 97, 1],
            [98, 65535, 0],
          ],
        },
        {
          next: [
            [0, 96, 0],
            [97, 97, 1],
            [98, 98, 2],
            [99, 65535, 0],
          ],
        },
        {
          accepts: true,
          next: [
            [0, 96, 0],
            [97, 97, 1],
            [98, 65535, 0],
          ],
        },
      ],
    ]);
    expect(states("^a")).toEqual([[{ next: [[97, 97, 1]] }, { accepts: true, next: [[0, 65535, 1]] }]]);
    expect(states("[]")).toEqual([[{ next: [] }]]);
  });

  it("has the same automaton whatever other tests stand beside it", () => {
    const alone = partition([regex("mini$", "i")]).domain.patterns[0];
    const beside = partition([regex("mini$", "i"), contains("im"), regex("\\bé"), prefix("n")]).domain.patterns[0];
    expect(beside).toEqual(alone);
  });

  it("takes no longer on a text made to be slow", () => {
    const matches = accepting("^(a+)+$");
    expect(matches("a".repeat(100_000))).toBe(true);
    expect(matches(`${"a".repeat(100_000)}b`)).toBe(false);
  });

  it.each<[string, number, number, string]>([
    ["x(?=a)", 1, 5, "`(?=a)` looks ahead, which is not supported"],
    ["(?!a)*", 0, 5, "`(?!a)` looks ahead, which is not supported"],
    ["(?<=a)b", 0, 6, "`(?<=a)` looks behind, which is not supported"],
    ["(a)\\1", 3, 2, "`\\1` refers back to a group, which is not supported"],
    ["(?<n>a)\\k<n>", 7, 5, "`\\k<n>` refers back to a group, which is not supported"],
    ["\\p{L}", 0, 2, "`\\p` is not a known escape"],
    ["a\\u{1f600}", 1, 2, "`\\u` is not a known escape"],
    ["(", 0, 1, "unterminated group"],
    ["a)", 1, 1, "unmatched ')'"],
    ["a**", 2, 1, "nothing to repeat"],
    ["[b-a]", 4, 1, "range out of order in character class"],
    ["[a", 1, 1, "unterminated character class"],
    ["\\", 0, 1, "\\ at end of pattern"],
    ["a{2,1}", 5, 1, "numbers out of order in {} quantifier"],
    ["(?i:a)", 1, 1, "invalid group"],
    ["(a{100}){1000}", 0, 14, "the expression is too complex: it needs more than 10000 states"],
    ["(a|b).{10}$", 0, 11, "the expression is too complex: its automaton has more than 2000 states"],
    ["a".repeat(1_001), 0, 1_001, "the expression is too complex: it is longer than 1000 characters"],
  ])("is refused with its reason: %.20s", (source, offset, length, message) => {
    expect(checkRegex(source, false)).toEqual({ offset, length, message });
  });

  it("is accepted when it is regular", () => {
    fc.assert(
      fc.property(source, fc.boolean(), (text, ignoreCase) => {
        expect(checkRegex(text, ignoreCase)).toBeUndefined();
      }),
    );
    for (const text of [
      "(".repeat(499) + ")".repeat(499),
      "(?:){2147483647}",
      "(?:(?:)*)*",
      "a{900}",
      "(?<name>a)",
      "a{,3}",
    ]) {
      expect(checkRegex(text, false)).toBeUndefined();
    }
  });
});
