/** RT2, of values: their types, and what they may be. */
import type { Meanings } from "../meanings.ts";

export const TYPES = {
  RT2003: {
    meaning:
      "Both sides of a comparison, and a field and its value, have one type. Nothing is converted: a text is no number, an int is no duration.",
    example: `import "./models.route"

route chat {
  when prompt_tokens > "20k"  -> large
  otherwise                   -> small
}
`,
    mended: `import "./models.route"

route chat {
  when prompt_tokens > 20k  -> large
  otherwise                 -> small
}
`,
    why: 'Where types are converted on the way, `"90" > "100"` is true and `0.9` of a budget is compared with 90. Such a rule fires at the wrong moment and looks right in review.',
  },
  RT2004: {
    meaning:
      "The value has the right type, but cannot be: a score is 0 to 1, an hour is 0 to 23, an HTTP status of a refusal is 400 to 599, a name is not empty.",
    example: `import "./models.route"

route chat {
  when time.hour == 24  -> large
  otherwise             -> small
}
`,
    mended: `import "./models.route"

route chat {
  when time.hour == 0  -> large
  otherwise            -> small
}
`,
    why: "A comparison with what cannot be is always true or always false. The night shift's rule would wait for an hour that never comes.",
  },
  RT2005: {
    meaning: "Beside an enum a bare word is always one of its members, and this one is not.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  when tier == premium  -> large
  otherwise             -> small
}
`,
    mended: `import "./models.route"

request {
  tier  free | pro | premium    from claim "tier"    default free
}

route chat {
  when tier == premium  -> large
  otherwise             -> small
}
`,
    why: "Routers that match tags as free text send a misspelt tag to the default, and nobody sees why the paying customer got the small model.",
  },
  RT2012: {
    meaning:
      "Regular expressions are regular in the strict sense: no back-references and no look-around. The finding marks the part that is not, or that is malformed.",
    example: String.raw`import "./models.route"

route chat {
  when prompt matches /(urgent|now)!\1/  -> large
  otherwise                              -> small
}
`,
    mended: `import "./models.route"

route chat {
  when prompt matches /urgent!urgent|now!now/  -> large
  otherwise                                    -> small
}
`,
    why: "Matching takes linear time whatever the prompt, so that no request can hang the proxy with a text that makes an expression backtrack; and the compiler can say exactly which texts match.",
  },
  RT2013: {
    meaning: "Each arm of a `match` has one pattern for each operand; `_` is the pattern for anything.",
    example: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  match tier, stream {
    free -> small
    _, _ -> large
  }
}
`,
    mended: `import "./models.route"

request {
  tier  free | pro    from claim "tier"    default free
}

route chat {
  match tier, stream {
    free, _  -> small
    _,    _  -> large
  }
}
`,
    why: "A column that is missing in one row of a table shifts all that follow, and a tier is then compared with what another column holds.",
  },
  RT2015: {
    meaning:
      "An address is absolute, `http` or `https`; that of a provider is the base to which the path of each call is added: `https://host/v1`, without credentials and without a query.",
    example: `provider local {
  protocol openai
  url      "localhost:8000"
}
`,
    mended: `provider local {
  protocol openai
  url      "http://localhost:8000/v1"
}
`,
    why: "An address that cannot be called fails every request to its provider, with a message of the network that names neither the policy nor the line.",
  },
  RT2016: {
    meaning:
      "What is asked of the model, it does not give: many have no log-probabilities, so that nothing can be said of their confidence, and few make embeddings. Or it gives it, and it is lost on the way: protocols that are spoken over the AI SDK have no word for it.",
    example: `import "./models.route"

plan careful = cascade {
  small  accept when confidence >= 0.8
  large
}

route chat {
  when stream  -> large
  otherwise    -> careful
}
`,
    mended: `import "./models.route"

plan careful = cascade {
  small  accept when judge(large, "./rubric.md") >= 0.8
  large
}

route chat {
  when stream  -> large
  otherwise    -> careful
}
`,
    why: "A gate that can never be computed never accepts: each request would pay for the small model, throw its answer away and pay for the large one.",
  },
  RT2017: {
    meaning: "The file is there, but what stands in it is not what its place calls for.",
    example: `signal complexity score = classifier "./notes.md"
`,
    mended: `signal complexity score = classifier "./weights.json"
`,
    why: "A classifier without weights or a list of examples that is a page of prose would fail at the first request that asks for it, and take the rules that rest on it along.",
  },
  RT2018: {
    meaning:
      "The catalog knows that the provider means to switch this model off, or has done so. It has no date for that, and speaks of its own day, which the finding names: no clock is read, so that a policy has the same findings today and tomorrow.",
    example: `provider anthropic

model haiku = anthropic "claude-3-haiku-20240307"

route chat -> haiku
`,
    mended: `provider anthropic

model haiku = anthropic "claude-haiku-4-5"

route chat -> haiku
`,
    why: "A model that is switched off answers every request with an error from one day to the next. Until then nothing but its name in a file shows that it will.",
  },
} satisfies Partial<Meanings<"RT2">>;
