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
      "The shares of a `split` or a `spread` make 100% together. Of a `spread` all members have one, or none has. Those of a simulated provider's failures make 100% at most.",
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

route chat {
  when stream  -> large
  otherwise    -> careful
}
`,
    why: "Without a gate the first answer is always taken, and the large model that was meant to catch the hard questions is never asked.",
  },
  RT3009: {
    meaning:
      "Without this part the condition accepts the same of all requests that reach it: another part says as much, or earlier rules take every request for which it would make a difference. This is proved over all requests. Either it can go, or something else was meant.",
    example: `import "./models.route"

route chat {
  when turns > 5 and turns > 3  -> large
  otherwise                     -> small
}
`,
    mended: `import "./models.route"

route chat {
  when turns > 5  -> large
  otherwise       -> small
}
`,
    why: "Who reads a condition believes each of its parts. One that changes nothing is a slip, such as the wrong attribute or the wrong sign, or a rule above that already does what this one was to do.",
  },
  RT3010: {
    meaning:
      "Without this rule every request that it decides would be decided by later rules, and they say the same. This is proved over all requests. Remove it, or say what is to be different about its requests.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == pro  -> small
  otherwise         -> small
}
`,
    mended: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == pro  -> large
  otherwise         -> small
}
`,
    why: "A rule of its own says that these requests are something special. Where they are not, somebody forgot to write what is, or the rest of the policy has moved on without it.",
  },
  RT3011: {
    meaning:
      "A request that needs what no model of the plan can do, or that is longer than all of them can read, fails before a call is made. Another declared model could serve it. Send such requests there by a rule before, or say in the plan what becomes of them, as by `else reject 422`.",
    example: `import "./models.route"

model seeing = demo "seeing" {
  context 128k
  output  8k
  price   { input $3, output $15 }
  can     [vision]
}

route chat {
  when stream  -> small
  otherwise    -> seeing else large
}
`,
    mended: `import "./models.route"

model seeing = demo "seeing" {
  context 128k
  output  8k
  price   { input $3, output $15 }
  can     [vision]
}

route chat {
  when needs.vision  -> seeing
  otherwise          -> small else large
}
`,
    why: "The policy has a model for this request and asks others, all of which refuse it. At other gateways that shows when the first such request fails; a fallback to a smaller context window is the best known form of it.",
  },
  RT3012: {
    meaning:
      "All steps share the deadline of the route. When those before this one run into their timeouts, as often as they are retried and with the waits between, the deadline is over before its turn comes. A step counts with the `timeout` that is written for it; one that has none is not counted.",
    example: `import "./models.route"

plan patient = large with { timeout 40s, retries 1 } else small

route chat {
  deadline 60s
  otherwise -> patient
}
`,
    mended: `import "./models.route"

plan patient = large with { timeout 20s, retries 1 } else small

route chat {
  deadline 60s
  otherwise -> patient
}
`,
    why: "A fallback behind four tries of five minutes each is in the file and is never reached by a client that waits for fifteen minutes. That it does not work is found out during the outage for which it was written.",
  },
  RT3013: {
    meaning:
      "A cascade tests whole answers. A client that asks for a stream therefore gets nothing until an answer is complete and accepted, and then all of it at once. Decide streaming requests by a rule before, or leave it so and silence the warning with a reason.",
    example: `import "./models.route"

plan careful = cascade {
  small  accept when not refused
  large
}

route chat -> careful
`,
    mended: `import "./models.route"

plan careful = cascade {
  small  accept when not refused
  large
}

route chat {
  when stream  -> large
  otherwise    -> careful
}
`,
    why: "Whoever asks for a stream shows text while it is written, and gives up when none comes. To its users the route looks broken, while every log says that it answered.",
  },
  RT3014: {
    meaning:
      "Before a call leaves, the most that it can cost is reserved in every budget that counts it. For some requests even the cheapest call of this plan is more than the whole limit of the budget: they fail with `over_budget` on the first day already. Bound the answer with `max_tokens`, raise the limit, or add a cheaper model.",
    example: `import "./models.route"

budget day { limit $0.50 per day }

route chat -> large
`,
    mended: `import "./models.route"

budget day { limit $0.50 per day }

route chat -> large with { max_tokens 2k } else small
`,
    why: "A budget that is too small for a single call looks like a provider that is down: nothing was spent, and everything is refused.",
  },
  RT3015: {
    meaning:
      "This is allowed and does nothing: a list of failures to retry on of which none is ever retried, an `else on over_budget` where no budget counts, a group without rules, a `hedge` or a `cascade` of one step, a value that is in a list twice. Remove it, or write what was meant.",
    example: `import "./models.route"

route chat {
  when stream {
  }

  otherwise -> small
}
`,
    mended: `import "./models.route"

route chat {
  when stream {
    when turns > 5 -> large
  }

  otherwise -> small
}
`,
    why: "Settings that are accepted and never take effect are what users of gateways report most often, and find out last.",
  },
};
