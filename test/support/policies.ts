/** Small policies that say no more than a test needs. */

/** Models `small` and `large`, which answer by themselves. */
export const MODELS = `provider demo { protocol simulated }

model small = demo "small" {
  context 200k
  output  4k
  price   { input $0.10, output $0.40 }
}

model large = demo "large" {
  context 200k
  output  16k
  price   { input $3, output $15 }
}
`;

/** A policy without a finding, in canonical form. */
export const GOOD = `request {
  tier  free | pro    from header "x-tier"    default free
}

${MODELS}
plan strong = large else small

route chat {
  when tier == pro  -> strong
  otherwise         -> small
}
`;

/** Its second rule can never match. */
export const SHADOWED = GOOD.replace("  otherwise", "  when tier == pro and stream -> large\n  otherwise");

/** One warning: nothing uses the plan `spare`. */
export const UNUSED = GOOD.replace("route chat", "plan spare = large\n\nroute chat");

/** A plan that is not declared, misspelt. */
export const MISSPELT = GOOD.replace("-> strong", "-> strnog");
