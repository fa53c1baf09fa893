/** Tests of policies pass and fail as their words say. */
import { expect, test } from "vitest";
import {
  renderFailures,
  renderGithubResults,
  renderJunitResults,
  renderPlainResults,
} from "../../../compiler/testing/index.ts";
import { MODELS } from "../../support/policies.ts";
import { came, tested } from "./support.ts";

const POLICY = `request {
  tier  free | pro    from header "x-tier"    default free
}

${MODELS}
budget month { limit $10 per month }
`;

const ROUTE = `${POLICY}
plan strong = large else small

route chat {
  when tier == pro         -> strong
  when month.used >= 90%   -> reject 429 "no money"
  otherwise                -> small
}
`;

/** The policy with one test in it. */
function withTest(lines: string): string {
  return `${ROUTE}\ntest "it" {\n  ${lines.replaceAll("; ", "\n  ")}\n}\n`;
}

test.each([
  ["send chat {}; expect rule 2; expect tries small; expect served by small"],
  ["send chat { tier pro }; expect plan strong; expect served by large"],
  ["send chat { tier pro }; given large fails overloaded; expect tries large, small; expect cost <= $0.01"],
  ["send chat { tier pro }; given demo down; expect tries large, small; expect reject 502"],
  ["send chat {}; given month used 90%; expect reject 429; expect rule 1"],
  ["send chat { tier pro, prompt_tokens 250k }; expect plan strong; expect reject 400"],
])("%s: passes", (lines) => {
  expect(came(withTest(lines))).toEqual([]);
});

test.each([
  ["send chat {}; expect plan strong", "rule 2 of `chat`, `otherwise -> small`"],
  ["send chat {}; expect rule 0", "rule 2 of `chat`, `otherwise -> small`"],
  ["send chat { tier pro }; given large fails timeout; expect tries large", "tried `large`, `small`"],
  ["send chat { tier pro }; given large fails timeout; expect served by large", "served by `small`"],
  ["send chat {}; given month used 95%; expect tries small", "no model was tried"],
  ["send chat {}; given month used 95%; expect reject 503", "rejected with 429: no money"],
  [
    "send chat {}; given small fails invalid; expect served by small",
    "nobody could answer: 400, the last failure was `invalid`",
  ],
  ["send chat {}; expect cost <= $0.00000001", "it costs $0.0000288"],
  [
    'send chat {}; given small answers { answer "{}", valid_json false }; expect rule 2',
    "`small` cannot answer so: the answer `{}` is JSON",
  ],
])("%s: came %s", (lines, message) => {
  expect(came(withTest(lines))).toEqual([message]);
});

const SIGNAL = `${MODELS}
signal mood en | de | other = language

route chat {
  when mood == de  -> large
  otherwise          -> small
}

test "it" { send chat {}  expect rule 1 }
`;

test("a signal that nobody gives or computes is asked for, with an example", () => {
  const { results } = tested(SIGNAL, { compute: () => undefined });
  expect(results[0]?.failures.map(({ message }) => message)).toEqual([
    "the decision needs signal `mood`: say what it is, such as `given mood en`",
  ]);
});

test("signals that ask nobody are computed from the prompt that is sent", () => {
  const policy = (prompt: string) => `${MODELS}
signal personal bool = patterns [email]
route chat {
  when personal  -> reject 403
  otherwise      -> small
}
test "it" { send chat { prompt "${prompt}" }  expect reject 403 }
`;
  expect(came(policy("write to ann@example.com"))).toEqual([]);
  expect(came(policy("write to Ann"))).toEqual(["served by `small`"]);
});

test("the time of day that a test sends is the time of its prices", () => {
  const policy = `${MODELS.replace("price   { input $3, output $15 }", "price   { input $3, output $15 }\n  price   during 00:00..06:00 { input $1, output $1 }")}
route chat {
  when time.hour < 6  -> large
  otherwise           -> small
}
test "by night" { send chat { time.hour 3 }  expect tries large  expect cost <= $0.000096 }
`;
  expect(came(policy)).toEqual([]);
});

test("only tests with the filter in their titles are run", () => {
  const policy = `${withTest("send chat {}; expect rule 2")}\ntest "other" { send chat {}  expect rule 0 }\n`;
  expect(tested(policy, { filter: "it" }).results.map(({ title }) => title)).toEqual(["it"]);
});

const FAILING = `${ROUTE}
test "an outage is nobody's" {
  send chat { tier pro }
  given large fails timeout
  given small fails overloaded
  expect tries large
  expect served by small
}

test "passes" { send chat {}  expect tries small }

test "what does not hang together" {
  send chat {}
  given small answers { answer "{}", valid_json false }
  expect rule 2
}
`;

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

test.each([
  ["failures.txt", renderFailures],
  ["plain.txt", renderPlainResults],
  ["junit.xml", renderJunitResults],
  ["github.txt", renderGithubResults],
] as const)("failures as people and programs see them: %s", async (name, render) => {
  const { results, sources } = tested(FAILING);
  await expect(render(results, sources)).toMatchFileSnapshot(golden(name));
});
