import { expect, it } from "vitest";
import { link } from "../../../runtime/plan/index.ts";
import type { DecisionTable } from "../../../runtime/table/index.ts";
import { tableOf as compiled, MODELS, REQUEST } from "../../compiler/support.ts";

/** What `serve` says of a policy. */
function refusal(source: string): string {
  try {
    link(compiled(`${REQUEST}${MODELS}${source}`) as DecisionTable);
    return "served";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

const REFUSED = "UnservedError: this version of routec does not serve all of the policy: it has no";

it.each([
  "route chat -> small else big with { timeout 2s, idle 5s, retries 2, max_tokens 9, temperature 1, reasoning low }",
  "plan p = cheapest { small, big } else fastest { small, big }\nroute chat -> p",
  "route chat -> spread { small, big } by tenant",
  "route chat -> adaptive { small, big } by { cost 1 }",
  "route chat -> split { 10% small, 90% hedge { small after 1s big } }",
  'signal s bool = keywords ["x"]\nroute chat { when s -> big  otherwise -> small }',
  "budget b { limit $5 per day }\nlimit l { allow 5 requests per day }\nroute chat -> small",
  "route chat { when lab.health == up -> small  otherwise -> big }",
  "route chat { for region == eu  strict  reuse 5m  otherwise -> small }",
  'provider command { protocol cohere }\nmodel c = command "x" { context 8k price free }\nroute chat -> c',
  'route chat -> cascade { small accept when not refused and judge(big, "rubric.md") >= 0.5, big }',
])("a policy of which all is carried out is served: %s", (source) => {
  expect(refusal(source)).toBe("served");
});

it.each([["route chat -> small with { reasoning 4096 }", "`reasoning 4096` in route `chat`"]])(
  "what this version does not carry out is refused, and named: %s",
  (source, missing) => {
    expect(refusal(source)).toBe(`${REFUSED} ${missing}`);
  },
);
