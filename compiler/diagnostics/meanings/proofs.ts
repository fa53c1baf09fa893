/** RT4: proofs. */
import type { Meanings } from "../meanings.ts";

export const PROOFS: Meanings<"RT4"> = {
  RT4001: {
    meaning:
      "What a `prove` claims must hold of every request of its premise, whatever fails. Here is a request of which it does not, with the rule that decides it and the way through its plan.",
    example: `import "./models.route"

plan careful = small else large

route chat -> careful

prove never_large { always never large }
`,
    mended: `import "./models.route"

plan careful = small else reject 503

route chat -> careful

prove never_large { always never large }
`,
    why: "A fallback that somebody adds in March may send text where a contract of January forbids it. Nobody would see that before the day on which the first step fails.",
  },
  RT4002: {
    meaning:
      "What is said of all requests is proved or not said. To prove this would take more work than routec allows itself. A simpler premise helps, and so do fewer attributes in the rules that it meets.",
    example: `import "./models.route"

let a = (turns != 1 or max_tokens != 1) and (turns != 2 or max_tokens != 2)
let b = (turns != 3 or max_tokens != 3) and (turns != 4 or max_tokens != 4)
let c = (turns != 5 or max_tokens != 5) and (turns != 6 or max_tokens != 6)
let d = (turns != 7 or max_tokens != 7) and (turns != 8 or max_tokens != 8)
let e = (turns != 9 or max_tokens != 9) and (turns != 10 or max_tokens != 10)

route chat -> small

prove never_large { when a and b and c and d and e never large }
`,
    mended: `import "./models.route"

route chat -> small

prove never_large { when turns > 10 or max_tokens > 10 never large }
`,
    why: "A claim that was checked in part must not look like one that was proved: whoever relies on it relies on the part that nobody looked at.",
  },
  RT4003: {
    meaning:
      "What a client says it may say otherwise. A proof that text stays in a region holds only as far as its premise is told by somebody who is trusted, and a budget only as far as its keys are.",
    example: `import "./models.route"

request {
  tenant  string    from header "x-tenant"    default ""
}

budget month { per tenant  limit $500 per month }

route chat -> small
`,
    mended: `import "./models.route"

request {
  tenant  string    from claim "org"    default ""
}

budget month { per tenant  limit $500 per month }

route chat -> small
`,
    why: "Whoever may choose the key of a budget has as many budgets as there are keys: each request with a new one is the first of its tenant.",
  },
};
