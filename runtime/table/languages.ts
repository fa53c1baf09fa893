/** The codes (ISO 639-1) that a `language` signal tells apart; every other language is `other`. */
export const LANGUAGES: readonly string[] = [
  ...["ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it"],
  ...["ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"],
];
