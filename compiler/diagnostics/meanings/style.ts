/** RT5: what compiles, and is still worth a look. */
import type { Meanings } from "../meanings.ts";

export const STYLE: Meanings<"RT5"> = {
  RT5001: {
    meaning:
      "Nothing uses this declaration. Use it or remove it; in a file without routes, a library, this is not said.",
    example: `import "./models.route"

plan spare = large else small

route chat -> small
`,
    mended: `import "./models.route"

plan spare = large else small

route chat -> small else spare
`,
    why: "What is declared and not used was often meant to be used: a fallback that was written and never wired in protects nobody.",
  },
  RT5002: {
    meaning:
      "What is seen is not what is read. A character that controls the direction of text can show a line in another order than it is compiled in (CVE-2021-42574), and a letter of another script among ASCII ones makes a text that nothing sent will equal. The finding names the character: remove it, write it as `\\u202e` in a text, or write the ASCII one.",
    example: `import "./models.route"

request {
  tier  free | "pr\u043e"    from claim "tier"    default free
}

route chat {
  when tier == free  -> small
  otherwise          -> large
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
    why: "The member in this example ends in a Cyrillic letter. No claim will ever hold it, and each request of a customer of that tier is answered 400, for a value that looks right.",
  },
  RT5003: {
    meaning:
      "A comment `routec-ignore` silences the warnings of one line that have the codes it names: of its own line, or of the next one if it stands alone. It needs a reason, for whoever reads it later. This one silences nothing. Errors cannot be ignored.",
    example: `import "./models.route"

// routec-ignore RT5001: kept for the move in March
plan spare = large else small

route chat -> small else spare
`,
    mended: `import "./models.route"

// routec-ignore RT5001: kept for the move in March
plan spare = large else small

route chat -> small
`,
    why: "An ignore that outlives its reason hides the next finding of that kind on its line, and nobody looks there again.",
  },
};
