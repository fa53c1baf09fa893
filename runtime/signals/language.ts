/**
 * `language`: which language a text is in. The script tells most of it; of languages that share one, the words that are
 * most frequent in each, and its letters and parts of words, each counted the more the fewer languages have it (as
 * inverse document frequency does). test/runtime/signals/language.test.ts measures how often that is right.
 */
import { CYRILLIC, LATIN, type Profile } from "./language-profiles.ts";
import { wordsOf } from "./words.ts";

/** Languages told by script alone. Where kana stands beside Han it is Japanese. */
const SCRIPTS: readonly (readonly [language: string, script: RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["zh", /\p{Script=Han}/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["th", /\p{Script=Thai}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["ar", /\p{Script=Arabic}/gu],
];
/** Letters that Persian has and Arabic has not, and those of Urdu. */
const PERSIAN = /[پچژگکی]/gu;
const URDU = /[ٹڈڑںے]/u;

/** Characters of a text that are looked at: enough to be sure, and no more work for long texts. */
const SEEN = 2_000;
/** The share of the most that a word can give, that words of a language give at least on average. */
const LEAST_EVIDENCE = 0.1;
/** Words over which that average goes at most: names and terms thin out in a long text what function words give. */
const MOST_WORDS = 40;

const OTHER = "other";

/** Which of `members` a text is in; `other` where it is in none of them or nothing can be told. Never throws. */
export function language(members: readonly string[]): (text: string) => string {
  return (text) => {
    const found = languageOf(text);
    return found !== undefined && members.includes(found) ? found : OTHER;
  };
}

/** The ISO 639-1 code of the language that a text is in, one of those of runtime/table/languages.ts, or undefined. */
export function languageOf(text: string): string | undefined {
  const seen = text.slice(0, SEEN).toWellFormed().normalize("NFC");
  const letters = count(seen, /\p{L}/gu);
  const shares = SCRIPTS.map(([name, script]) => ({ name, letters: count(seen, script) }));
  const latin = count(seen, /\p{Script=Latin}/gu);
  const cyrillic = count(seen, /\p{Script=Cyrillic}/gu);
  const [kana, han] = shares;
  // A Japanese text is mostly kana, a tenth of it at the least.
  if (kana !== undefined && han !== undefined && kana.letters > 0 && kana.letters * 9 >= han.letters)
    kana.letters += han.letters;
  const best = shares.reduce((most, each) => (each.letters > most.letters ? each : most));
  if (letters === 0) return undefined;
  if (best.letters > latin && best.letters > cyrillic) return best.name === "ar" ? arabicScript(seen) : best.name;
  return cyrillic > latin ? likeliest(seen, CYRILLIC_EVIDENCE) : likeliest(seen, LATIN_EVIDENCE);
}

function arabicScript(text: string): string | undefined {
  if (URDU.test(text)) return undefined;
  return count(text, PERSIAN) > 0 ? "fa" : "ar";
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** For each feature the languages that have it, and what it counts for them. */
interface Evidence {
  readonly languages: readonly string[];
  readonly words: ReadonlyMap<string, Weighed>;
  readonly letters: ReadonlyMap<string, Weighed>;
  readonly parts: ReadonlyMap<string, Weighed>;
}

interface Weighed {
  readonly languages: readonly number[];
  readonly weight: number;
}

/** What a letter or a part of a word counts, beside a whole word. */
const LETTER = 0.5;
const PART = 0.3;

const LATIN_EVIDENCE = evidenceOf(LATIN);
const CYRILLIC_EVIDENCE = evidenceOf(CYRILLIC);

function evidenceOf(profiles: Readonly<Record<string, Profile>>): Evidence {
  const languages = Object.keys(profiles);
  const weighed = (featuresOf: (profile: Profile) => readonly string[], unit: number): Map<string, Weighed> => {
    const owners = new Map<string, number[]>();
    for (const [index, name] of languages.entries()) {
      for (const feature of new Set(featuresOf(profiles[name] as Profile)))
        owners.set(feature, [...(owners.get(feature) ?? []), index]);
    }
    return new Map(
      [...owners].map(([feature, owned]) => [
        feature,
        { languages: owned, weight: unit * Math.log((languages.length + 1) / owned.length) },
      ]),
    );
  };
  return {
    languages,
    words: weighed(({ words }) => words.split(" "), 1),
    letters: weighed(({ letters }) => [...letters], LETTER),
    parts: weighed(({ parts }) => parts.split(" "), PART),
  };
}

function likeliest(text: string, evidence: Evidence): string | undefined {
  const words = wordsOf(text.toLowerCase());
  const scores = new Float64Array(evidence.languages.length);
  const add = (weighed: Weighed | undefined): void => {
    if (weighed !== undefined)
      for (const index of weighed.languages) scores[index] = (scores[index] ?? 0) + weighed.weight;
  };
  for (const word of words) {
    add(evidence.words.get(word));
    for (const letter of new Set(word)) add(evidence.letters.get(letter));
    for (const [part, weighed] of evidence.parts) if (hasPart(word, part)) add(weighed);
  }
  let best = 0;
  for (let index = 1; index < scores.length; index++) if ((scores[index] ?? 0) > (scores[best] ?? 0)) best = index;
  const most = Math.log(evidence.languages.length + 1);
  const least = LEAST_EVIDENCE * most * Math.min(words.length, MOST_WORDS);
  return (scores[best] ?? 0) > least ? evidence.languages[best] : undefined;
}

function hasPart(word: string, part: string): boolean {
  if (part.startsWith("-")) return word.length >= part.length && word.endsWith(part.slice(1));
  if (part.endsWith("-")) return word.length >= part.length && word.startsWith(part.slice(0, -1));
  return word.includes(part);
}
