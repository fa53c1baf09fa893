/** The page that a report becomes: its bytes, and that nothing in it is loaded or run. */
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Report, renderHtml } from "../../../compiler/html-report/index.ts";

const START = Date.parse("2026-03-01T11:00:00Z");
const dollars = (value: number): string => `$${value}`;

const REPORT: Report = {
  title: "Replay of `march.jsonl`",
  about: "Three requests & <one> model.",
  sections: [
    {
      heading: "Cost",
      blocks: [
        { kind: "paragraph", text: "By `main.route`." },
        { kind: "figures", figures: [{ label: "requests", value: "3", note: "in 2h" }] },
        {
          kind: "line",
          caption: "spent",
          x: { label: "time", zone: "Europe/Berlin" },
          y: { label: "dollars", format: dollars, from: 0 },
          levels: [{ at: 5, label: "limit $5" }],
          spans: [{ from: START + 3_600_000, to: START + 5_400_000, label: "openai is down" }],
          series: [
            { name: "new", shape: "step", points: [0, 1, 2].map((n) => ({ x: START + n * 3_600_000, y: n * 2 })) },
            { name: "calls", shape: "points", points: [{ x: START, y: 1, label: "first" }] },
          ],
        },
        {
          kind: "bars",
          caption: "by model",
          format: dollars,
          series: ["before", "after"],
          groups: [{ label: "haiku", values: [1, 0.25] }],
        },
        {
          kind: "table",
          caption: "by rule",
          columns: [{ heading: "rule" }, { heading: "requests", isNumber: true }],
          rows: [["`tier == pro -> best`", "3"]],
        },
      ],
    },
  ],
  made: "`routec replay`",
};

it("is this page", () => {
  const golden = new URL("./golden/report.html", import.meta.url);
  const page = renderHtml(REPORT);
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, page);
  expect(page).toBe(readFileSync(golden, "utf8"));
});

it("has no element and no attribute that a text in it says", () => {
  const hostile = fc
    .constantFrom("<", ">", '"', "&", "`", "script", "onload=", " ", "'", "/")
    .chain((first) =>
      fc
        .array(fc.constantFrom("<", ">", '"', "&", "`", "script", "x"), { maxLength: 8 })
        .map((rest) => first + rest.join("")),
    );
  const tags = (page: string): string[] =>
    [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag).filter((tag) => !/code>/.test(tag));
  const page = (text: string): string =>
    renderHtml({
      title: text,
      about: text,
      made: text,
      sections: [
        {
          heading: text,
          blocks: [
            { kind: "table", caption: text, columns: [{ heading: text }], rows: [[text]] },
            { kind: "bars", caption: text, format: String, series: [text], groups: [{ label: text, values: [1] }] },
          ],
        },
      ],
    });
  fc.assert(
    fc.property(hostile, (text) => {
      // Bars move with the length of their labels, and nothing else may.
      const shape = (all: string[]): string[] => all.map((tag) => tag.replace(/ (?:x|width)="[\d.]+"/g, ""));
      expect(shape(tags(page(text)))).toEqual(shape(tags(page("plain"))));
    }),
    { numRuns: 100 },
  );
});
