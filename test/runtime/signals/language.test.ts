import { describe, expect, it } from "vitest";
import { language, languageOf } from "../../../runtime/signals/language.ts";
import { LANGUAGES } from "../../../runtime/table/languages.ts";
import { SENTENCES } from "./sentences.ts";

const accuracyOf = (sentences: readonly (readonly [language: string, sentence: string])[]): number =>
  sentences.filter(([name, sentence]) => (languageOf(sentence) ?? "other") === name).length / sentences.length;

const all = Object.entries(SENTENCES).flatMap(([name, list]) => list.map((each) => [name, each] as const));

describe("languageOf", () => {
  it("has sentences of every language to be measured on", () => {
    expect(Object.keys(SENTENCES).sort()).toEqual([...LANGUAGES, "other"].sort());
  });

  // docs/signals.md states these figures.
  it("is right for 98% of single sentences in a language that it knows", () => {
    expect(accuracyOf(all.filter(([name]) => name !== "other"))).toBeGreaterThanOrEqual(0.98);
  });

  it("tells two thirds of those in a language that it does not know, or in none", () => {
    expect(accuracyOf(all.filter(([name]) => name === "other"))).toBeGreaterThanOrEqual(2 / 3);
  });

  it("is right for every language when the sentences stand together", () => {
    const texts = Object.entries(SENTENCES).filter(([name]) => name !== "other");
    expect(texts.filter(([name, list]) => languageOf(list.join(" ")) !== name)).toEqual([]);
  });
});

describe("language", () => {
  const spoken = language(["en", "de", "other"]);

  it("says which member a text is in", () => {
    expect([spoken("Where is the station?"), spoken("Wo ist der Bahnhof?")]).toEqual(["en", "de"]);
  });

  it.each(["Où est la gare ?", "駅はどこですか", "42", ""])("is `other` for `%s`", (text) => {
    expect(spoken(text)).toBe("other");
  });
});
