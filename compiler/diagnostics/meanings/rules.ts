/** RT3: rules and plans. */
import type { Meanings } from "../meanings.ts";

export const RULES: Meanings<"RT3"> = {
  RT3001: {
    meaning:
      "Every request must get a decision. This route, or this `match`, has one that no rule matches, and the finding shows it. Add a rule for it, or end with `otherwise -> …`.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == free -> small
}
`,
    mended: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == free  -> small
  otherwise          -> large
}
`,
    why: "What no rule matches is decided by a default that nobody wrote down, or is an error at the first such request. Users of routers with implicit defaults could not predict where their requests went.",
  },
  RT3002: {
    meaning:
      "The first rule that matches wins, and every request that could reach this one is already decided before it, or its condition holds for none. This is proved over all requests, not guessed from examples. The rules that take its requests are shown with it: move it above them, or remove it.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == free             -> small
  when tier == free and stream  -> large
  otherwise                     -> large
}
`,
    mended: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == free and stream  -> large
  when tier == free             -> small
  otherwise                     -> large
}
`,
    why: "A rule that never fires looks like one that does. The exception somebody added for a customer is in the file, is reviewed and deployed, and the customer is served as before.",
  },
  RT3003: {
    meaning: "Plans lead to each other in a circle. Every decision must end, so no plan may lead back to itself.",
    example: `import "./models.route"

plan cheap  = small else strong
plan strong = large else cheap

route chat -> cheap
`,
    mended: `import "./models.route"

plan cheap  = small else strong
plan strong = large

route chat -> cheap
`,
    why: "With cyclic fallbacks one malformed request is tried for ever: at one gateway it wrote 456 MB of logs in nine minutes, and health checks starved.",
  },
  RT3004: {
    meaning:
      "A failure goes to the first later `else` that covers it. This one is never reached: what stands before it cannot fail, or fails only in ways that an earlier `else` takes or that this one does not cover.",
    example: `import "./models.route"

plan careful = large else reject 503 else small

route chat -> careful
`,
    mended: `import "./models.route"

plan careful = large else small else reject 503

route chat -> careful
`,
    why: "A fallback that can never run is only missed when it is needed. It is worse than none, because everybody counts on it.",
  },
  RT3005: {
    meaning:
      "What is said of all requests is proved or not said. Here the proof would have taken more work than routec allows itself, and so the question is left open. Simpler conditions and expressions, or fewer attributes in one route, help.",
    example: `import "./models.route"

let a = (turns != 1 or max_tokens != 1) and (turns != 2 or max_tokens != 2)
let b = (turns != 3 or max_tokens != 3) and (turns != 4 or max_tokens != 4)
let c = (turns != 5 or max_tokens != 5) and (turns != 6 or max_tokens != 6)
let d = (turns != 7 or max_tokens != 7) and (turns != 8 or max_tokens != 8)
let e = (turns != 9 or max_tokens != 9) and (turns != 10 or max_tokens != 10)

route chat {
  when a and b and c and d and e  -> large
  otherwise                       -> small
}
`,
    mended: `import "./models.route"

route chat {
  match turns, max_tokens {
    1,  1   -> small
    2,  2   -> small
    3,  3   -> small
    4,  4   -> small
    5,  5   -> small
    6,  6   -> small
    7,  7   -> small
    8,  8   -> small
    9,  9   -> small
    10, 10  -> small
    _,  _   -> large
  }
}
`,
    why: "A policy that was checked in part must not look like one that was checked. The same bound keeps what is matched at run time small and fast.",
  },
  RT3006: {
    meaning:
      "The shares of a `split` or a `spread` make 100% together. Of a `spread` all members have one, or none has.",
    example: `import "./models.route"

plan canary = split { 90% small, 5% large }

route chat -> canary
`,
    mended: `import "./models.route"

plan canary = split { 95% small, 5% large }

route chat -> canary
`,
    why: "Where weights are silently made to fit, a canary of five percent gets a larger share than its author wrote, and the figures of the experiment are wrong.",
  },
  RT3007: {
    meaning: "There is no declared model that this asks for, so that the plan could call nobody.",
    example: `import "./models.route"

plan eu = cheapest { models where residency == eu }

route chat -> eu
`,
    mended: `import "./models.route"

model small_eu = demo "small-eu" {
  context   128k
  price     { input $0.12, output $0.48 }
  residency eu
}

plan eu = cheapest { models where residency == eu }

route chat -> eu
`,
    why: "A tag that no deployment has is an empty group, and a router with an empty group answers with an error, or takes the default: here that would be data leaving its region.",
  },
  RT3008: {
    meaning:
      "In a cascade every step but the last has a gate, which says when its answer will do; the last has none, because nothing follows it. A step that only rejects has no answer that a gate could test.",
    example: `import "./models.route"

plan careful = cascade {
  small
  large
}

route chat -> careful
`,
    mended: `import "./models.route"

plan careful = cascade {
  small  accept when not refused
  large
}

route chat -> careful
`,
    why: "Without a gate the first answer is always taken, and the large model that was meant to catch the hard questions is never asked.",
  },
};
