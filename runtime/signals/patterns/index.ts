/** `patterns`: whether a text has something in it that looks like this. */
import { matcher } from "../../table/domain.ts";
import type { PatternsSignal } from "../../table/index.ts";
import { compatible } from "../words.ts";
import { hasCreditCard } from "./credit-card.ts";
import { hasEmail } from "./email.ts";
import { hasIban } from "./iban.ts";
import { hasPhone } from "./phone.ts";

type Test = (text: string) => boolean;

export const NAMED: Readonly<Record<PatternsSignal["named"][number], Test>> = {
  email: hasEmail,
  iban: hasIban,
  phone: hasPhone,
  credit_card: hasCreditCard,
};

/**
 * Named patterns see the text in its compatibility form (`compatible`), regular expressions as it is. All take time
 * linear in the text.
 */
export function patterns({ named, regexes }: PatternsSignal): Test {
  const tests = named.map((name) => NAMED[name]);
  const matches = regexes.map(matcher);
  return (text) => {
    if (matches.some((matches) => matches(text))) return true;
    const plain = tests.length === 0 ? "" : compatible(text);
    return tests.some((test) => test(plain));
  };
}
