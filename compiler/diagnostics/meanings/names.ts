/** RT2, of names, fields and files: what is there, and what is not. */
import type { Meanings } from "../meanings.ts";

export const NAMES = {
  RT2001: {
    meaning:
      "Nothing of this name is declared in the program, and it is not built in. Declarations of an imported file are visible where it is imported; what that file itself imports is not.",
    example: `import "./models.route"

route chat -> smal else large
`,
    mended: `import "./models.route"

route chat -> small else large
`,
    why: 'A misspelt model or strategy that is found at the first request is found by a customer. One gateway reported such a typo as "no deployments available", and people lost days to it.',
  },
  RT2002: {
    meaning:
      "Attributes, signals, lets, meters, providers, models and plans share one set of names over the whole program, so that a name means one thing everywhere. Built-in names are taken. Routes have names of their own, and so have proofs and tests.",
    example: `import "./models.route"

plan large = small

route chat -> large
`,
    mended: `import "./models.route"

plan frugal = small

route chat -> frugal
`,
    why: "Where a second declaration of a name replaces the first without a word, traffic goes to a model that no reviewer of the first one ever saw.",
  },
  RT2006: {
    meaning:
      "Blocks, options and settings have a closed list of fields, and this is none of them; the finding lists them or names the nearest.",
    example: `import "./models.route"

model tiny = demo "tiny" {
  context 8k
  prise   { input $0.05, output $0.20 }
}
`,
    mended: `import "./models.route"

model tiny = demo "tiny" {
  context 8k
  price   { input $0.05, output $0.20 }
}
`,
    why: "A field that is accepted and ignored is the worst of all configurations: budgets that were never enforced and fallbacks that never fired looked well for months. One misplaced setting was even sent on to the provider, which refused every call.",
  },
  RT2007: {
    meaning:
      "Without this field something would have to be guessed: what a call may cost, how long a prompt may be, what a signal is taken for when it cannot be had. The finding says what to write.",
    example: `import "./models.route"

model tiny = demo "tiny" { context 8k }
`,
    mended: `import "./models.route"

model tiny = demo "tiny" {
  context 8k
  price   { input $0.05, output $0.20 }
}
`,
    why: "A model of unknown price that is counted as free spends a budget without touching it. What a model costs is stated, in the catalog or here, or the policy does not compile.",
  },
  RT2008: {
    meaning: "A field, a setting or a list's member stands once. Which of two values was meant nobody can tell.",
    example: `import "./models.route"

route chat {
  deadline 30s
  deadline 60s
  otherwise -> small
}
`,
    mended: `import "./models.route"

route chat {
  deadline 30s
  otherwise -> small
}
`,
    why: "In YAML the last of two equal keys wins without a word. After a merge of two branches that is the value that one of the two authors did not want.",
  },
  RT2009: {
    meaning:
      "The file that is named here does not exist or cannot be read. Paths are relative to the file that names it.",
    example: `import "./modles.route"
`,
    mended: `import "./models.route"

route chat -> small
`,
    why: "What a policy is made of is read when it is compiled. A prompt or a catalog that is missing is found in the build and not at the first request that needs it.",
  },
  RT2010: {
    meaning: "Files import each other in a circle. Move what both need into a third file that imports neither.",
    example: `import "./ring.route" // which says: import "./main.route"
`,
    mended: `import "./models.route"

route chat -> small
`,
    why: "In a circle it depends on the file that one begins with what is declared first. Without one, each file can be read, checked and moved by itself.",
  },
  RT2011: {
    meaning:
      "The name is known, but not of a kind that can stand here: an attribute where a plan is called for, for instance, or an answer's fact before there is an answer.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat -> tier
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
    why: "Each name is of one kind, and each place takes certain kinds, so that a rule never looks up in one table what stands in another: in some routers a fallback looked up under the wrong kind of name is simply not found, and never runs.",
  },
  RT2014: {
    meaning: "A `let` is another way to write its condition, so it cannot contain itself, not through others either.",
    example: `let quiet = not busy
let busy  = not quiet
`,
    mended: `let quiet = time.hour in 0..6
let busy  = not quiet
`,
    why: "A condition that refers to itself has no value, or two. Every decision ends, because nothing in a policy can go round.",
  },
} satisfies Partial<Meanings<"RT2">>;
