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

it("a policy of which all is carried out is served", () => {
  expect(refusal("route chat -> small else big with { timeout 2s }")).toBe("served");
});

it.each([
  ["route chat -> cheapest { small, big }", "`cheapest` in route `chat`"],
  ["plan p = small else spread { small, big }\nroute chat -> p", "`spread` in plan `p`"],
  ["route chat -> small with { retries 2 }", "`retries` in route `chat`"],
  ['signal s bool = keywords ["x"]\nroute chat { when s -> big  otherwise -> small }', "signal `s`"],
  ["budget b { limit $5 per day }\nroute chat -> small", "budget `b`"],
  ["route chat { when lab.health == up -> small  otherwise -> big }", "`lab.health`"],
  ["route chat { strict  reuse 5m  otherwise -> small }", "`strict` of route `chat`, no `reuse` of route `chat`"],
  [
    'provider claude { protocol anthropic }\nmodel c = claude "x" { context 8k price free }\nroute chat -> c',
    "protocol `anthropic` of provider `claude`",
  ],
])("what this version does not carry out is refused, and named: %s", (source, missing) => {
  expect(refusal(source)).toBe(`${REFUSED} ${missing}`);
});
