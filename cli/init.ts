/** `routec init [dir]` */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, define, EXIT } from "./command.ts";
import { tryWriting } from "./files.ts";

export const command: Command = define({
  usage: "init [folder]",
  about: `Writes a starter policy, \`main.route\`, into a folder (the current one, if none is named). Its models are simulated,
so that it can be served at once and without keys. A file that is there already is never overwritten.`,
  options: {},
  takes: [0, 1],
  examples: ["routec init", "routec init my-policy"],
  async run(_, [folder = "."]) {
    const path = join(folder, "main.route");
    tryWriting(() => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, STARTER, { flag: "wx" });
    });
    process.stdout.write(
      [`wrote ${path}; now try`, "", `  routec check ${path}`, `  routec serve ${path}`, ""].join("\n"),
    );
    return EXIT.well;
  },
});

const STARTER = `/// Which model answers which request, and what happens when it fails.
request {
  tier    free | pro    from header "x-tier"      default free
  urgent  bool          from header "x-urgent"    default false
}

// Simulated models answer by themselves: no key, no network. Real ones take their facts from the catalog:
// provider openai
// model small = openai "gpt-5-mini"
provider demo { protocol simulated }

model small = demo "small" {
  context 32k
  output  4k
  price   { input $0.10, output $0.40 } // per million tokens
  can     [tools, json]
}

model large = demo "large" {
  context 200k
  output  16k
  price   { input $3, output $15 }
  can     [tools, json, vision]
}

plan cheap  = small else large
plan strong = large with { timeout 20s } else small

route chat {
  deadline 60s

  when needs.vision or prompt_tokens > 20k -> large
  match tier, urgent {
    pro,  _     -> strong
    free, true  -> strong
    free, _     -> cheap
  }
}

// What must never happen, whatever fails, and what should.
prove bounded { when prompt_tokens <= 2k and max_tokens <= 1k cost <= $0.10 and attempts <= 2 }

test "free requests are served by the small model" {
  send chat { tier free }
  expect tries small
}
`;
