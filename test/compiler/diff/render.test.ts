import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { lineIndex } from "../../../compiler/diagnostics/index.ts";
import type { Difference } from "../../../compiler/diff/difference.ts";
import { renderJson } from "../../../compiler/diff/json.ts";
import { renderMarkdown } from "../../../compiler/diff/markdown.ts";
import { renderHuman, renderPlain } from "../../../compiler/diff/render.ts";
import type { Versions } from "../../../compiler/diff/wording.ts";
import { differenceOf } from "./support.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

const OLD = `request {
  tier    free | pro  from header "x-tier"  default free
  region  eu | us     from claim "region"   default us
}

provider house { protocol simulated  residency eu }
provider cloud { protocol simulated  residency us }

model small = house "small-1" { context 32k  output 4k   price { input $0.10, output $0.40 } }
model large = cloud "large-1" { context 200k  output 16k  price { input $3, output $15 } }

budget month { limit $500 per month }

plan strong = large else small

route chat, "gpt-4o" {
  deadline 60s

  when month.used >= 90% -> small
  when region == eu      -> small
  when tier == pro       -> strong
  otherwise              -> small
}

route retired -> small
`;

const NEW = OLD.replace("free | pro ", "free | pro | team ")
  .replace("input $0.10", "input $0.15")
  .replace("large else small", "large else small with { retries 2 }")
  .replaceAll("month.", "monthly.")
  .replace("budget month", "budget monthly")
  .replace("60s", "30s")
  .replace("region == eu ", "region == eu and tier == free ")
  .replace("tier == pro ", "tier in { pro, team } ")
  .replace("retired", "fresh");

const at = (name: string, text: string) => ({
  name,
  line: (place: { span: { start: number } }) => ({
    file: name,
    line: lineIndex(text).position(place.span.start).line + 1,
  }),
});
const VERSIONS: Versions = { before: at("old.route", OLD), after: at("new.route", NEW) };
const DIFFERENCE = differenceOf(OLD, NEW);

describe("a difference", () => {
  it("for people", async () => {
    await expect(renderHuman(DIFFERENCE, VERSIONS)).toMatchFileSnapshot(golden("difference.txt"));
  });
  it("as one line for each thing", async () => {
    await expect(renderPlain(DIFFERENCE, VERSIONS)).toMatchFileSnapshot(golden("difference-plain.txt"));
  });
  it("for a pull request", async () => {
    await expect(renderMarkdown(DIFFERENCE, VERSIONS)).toMatchFileSnapshot(golden("difference.md"));
  });
  it("for programs", () => {
    expect(JSON.parse(renderJson(DIFFERENCE, VERSIONS))).toMatchObject({
      format: 1,
      verdict: "changed",
      decisions: [
        {
          routes: ["chat", "gpt-4o"],
          before: {
            text: "small",
            rule: { file: "old.route", line: 19 },
            worst: { cost: 0.0048 },
            residencies: ["eu"],
          },
          after: { text: "strong", rule: { file: "new.route", line: 21 } },
          witness: { route: "chat", attributes: { tier: "pro" } },
        },
        {},
        {},
        {},
        {},
      ],
      names: { added: ["fresh"], removed: ["retired"] },
      beside: expect.arrayContaining([
        { kind: "model", name: "small", field: "price.input", before: 100_000_000, after: 150_000_000 },
      ]),
      warnings: [expect.stringContaining("`month`")],
      undecided: [],
    });
  });
  it("that is none", () => {
    const none = differenceOf(OLD, OLD);
    expect(renderHuman(none, VERSIONS)).toBe("equivalent: old.route → new.route\nevery request is decided as before\n");
    expect(renderPlain(none, VERSIONS)).toBe("equivalent: every request is decided as before\n");
    expect(renderMarkdown(none, VERSIONS)).toBe(
      "### routec: equivalent\n\n`old.route` → `new.route`: every request is decided as before.\n",
    );
  });
  it("in colour has the same words", () => {
    const coloured = renderHuman(DIFFERENCE, VERSIONS, true);
    expect(coloured).not.toBe(renderHuman(DIFFERENCE, VERSIONS));
    expect(stripVTControlCharacters(coloured)).toBe(renderHuman(DIFFERENCE, VERSIONS));
  });
});

it("texts of a policy cannot break out of a table", () => {
  const policy = (tenant: string) =>
    OLD.replace("request {", 'request {\n  tenant string from header "t" default ""').replace(
      "when region",
      `when tenant == ${JSON.stringify(tenant)} -> large\n  when region`,
    );
  const hostile: Difference = differenceOf(OLD, policy("a|b`c\u001b[31m"));
  const row = renderMarkdown(hostile, VERSIONS)
    .split("\n")
    .find((line) => line.includes("send chat"));
  expect(row).toContain('tenant "a\\|b`c\\u001b[31m"');
  expect(row?.match(/(?<!\\)\|/g)).toHaveLength(6);
});
