/** Why a rule took a request, or did not: traced through the program, and drawn under its source. */
export { drawDecision, drawRule } from "./draw.ts";
export { type KnownValues, type Part, type RuleTrace, traceRule } from "./why.ts";
export { type Missed, rulesFor, type WhyNot, whyNot } from "./why-not.ts";
