/** Text with what must not be in a log taken out of it: addresses, card numbers, credentials. */

/** Each is linear in the text: no part of it is read again from another place where a match could begin. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  // What stands behind the word of an Authorization header (RFC 6750, RFC 7617).
  [/\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi, "[credential]"],
  // JSON Web Tokens: three parts of base64url, of which the first is an object.
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[token]"],
  // Keys that say whose they are: OpenAI and Anthropic, routec, AWS, Google, GitHub, GitLab, Slack, Hugging Face, Stripe, Groq, xAI.
  [/\b(?:sk-|rk_|pk_|sk_|AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hf_|gsk_|xai-)[\w-]{12,}/g, "[key]"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, "[key]"],
  [/\b(?:api[_-]?key|secret|password|passwd|access[_-]?token)["']?\s{0,4}[:=]\s{0,4}["']?[^\s"',;}]{4,}/gi, "[secret]"],
];

const EMAIL = /(?<![\w.+-])[\w.+-]+@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/gi;
/** 13 to 19 digits (ISO/IEC 7812), in groups or not. */
const CARD = /(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])/g;

/** `text` with e-mail addresses, card numbers, tokens and keys replaced by what they are. */
export function masked(text: string): string {
  let result = text;
  for (const [pattern, word] of MASKS) result = result.replace(pattern, word);
  return result.replace(EMAIL, "[email]").replace(CARD, (digits) => (isCard(digits) ? "[card]" : digits));
}

/** The check digit of card numbers (ISO/IEC 7812-1, annex B: Luhn's). */
function isCard(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, "");
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
