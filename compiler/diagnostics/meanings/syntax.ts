/** RT1: text that cannot be read. */
import type { Meanings } from "../meanings.ts";

export const SYNTAX: Meanings<"RT1"> = {
  RT1001: {
    meaning:
      "Something stands here that the language does not expect, and the finding says what it expects instead. Habits of other languages, such as `&&` or `#`, are named with what is written here.",
    example: `import "./models.route"

plan cheap small else large

route chat -> cheap
`,
    mended: `import "./models.route"

plan cheap = small else large

route chat -> cheap
`,
    why: "A part of a policy that is skipped because nobody understood it is a rule that silently does not apply. Gateways that take what they can read and drop the rest have stored rules that never fired.",
  },
  RT1002: {
    meaning:
      "A number and every letter, digit, `_` and `%` attached to it are one literal, and this one is none of the forms that there are: `12`, `10k`, `1.5M`, `1_000`, `0.8`, `80%`, `$0.25`, `$2k`, `250ms`, `30s`, `5m`, `1h`, `7d`, `16:30`. The value must be whole in its unit.",
    example: `import "./models.route"

route chat {
  deadline 60sec
  otherwise -> small
}
`,
    mended: `import "./models.route"

route chat {
  deadline 60s
  otherwise -> small
}
`,
    why: "A timeout of 60 that one reader takes for seconds and the next for milliseconds ends every call at once, or holds every client for a day. Each quantity has its unit in the text, so that it is reviewed with it.",
  },
  RT1003: {
    meaning:
      "A text begins and ends with a double quote on one line, with the escapes of JSON; a regular expression begins and ends with `/` in the same way.",
    example: `provider local {
  protocol openai
  url      "http://localhost:8000/v1
}
`,
    mended: `provider local {
  protocol openai
  url      "http://localhost:8000/v1"
}
`,
    why: "A text without an end would swallow the lines after it, and the declarations in them would be gone. It ends with its line, so the finding is where the quote is missing.",
  },
  RT1005: {
    meaning:
      "A character that has no meaning outside texts and comments: names are made of the letters a to z, digits and `_`. Often it came with copying out of a document; where it looks like one that has a meaning, the finding says which.",
    example: `import "./models.route"

plan eu-only = small else large
`,
    mended: `import "./models.route"

plan eu_only = small else large
`,
    why: "Names are ASCII, so that two names that look the same are the same. Otherwise a rule could test an attribute that no request has, and no reviewer would see it.",
  },
  RT1006: {
    meaning:
      "Parentheses, groups or lists lie deeper in each other than routec reads; the finding says how deep that is. Give parts of the condition a name with `let`.",
    example: `import "./deep.route" // \`let deep = (((…(turns > 1)…)))\`, with 300 parentheses
`,
    mended: `let deep = turns > 1
`,
    why: "Nobody wrote this by hand, and nobody can review it. The bound also keeps a hostile file from exhausting the compiler of an editor or of a build.",
  },
  RT1007: {
    meaning: "Policies are UTF-8 text. This file is not: another encoding, or no text at all.",
    example: `import "./logo.png"
import "./models.route"

route chat -> small
`,
    mended: `import "./models.route"

route chat -> small
`,
    why: "A file in another encoding would give other members and header names than its author sees, and rules that compare with them would never match.",
  },
  RT1008: {
    meaning: "A policy has at most four million characters. Cut a larger one into files and `import` them.",
    example: `import "./generated.route" // five million characters
import "./models.route"

route chat -> small
`,
    mended: `import "./models.route"

route chat -> small
`,
    why: "A policy of this size is a generator that went wrong, or a file given by mistake. It is refused at once, before it holds up an editor or a deployment.",
  },
};
