/** Policies as pictures: what is drawn, and that what is drawn can be read. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  conditionsIn,
  type GraphOptions,
  type PlanGraph,
  planGraph,
  toMermaid,
  toSvg,
} from "../../../compiler/graph/index.ts";
import { compileProgram } from "../../../compiler/index.ts";
import { MODELS, tableOf } from "../support.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url).pathname;

function example(name: string, options: GraphOptions = {}): PlanGraph {
  const { table, program } = compileProgram(`${EXAMPLES}${name}`);
  if (table === undefined) throw new Error(`${name} does not compile`);
  return planGraph(table, { conditionOf: conditionsIn(program), ...options });
}

/** Arrows as `from -> to`, by the titles of the boxes. */
function arrows(source: string): string[] {
  const { nodes, edges } = planGraph(tableOf(`${MODELS}${source}`));
  const title = new Map(nodes.map((node) => [node.id, [node.title, ...node.lines].join(" / ")]));
  return edges.map(
    ({ from, to, kind, label }) => `${title.get(from)} -${kind}${label && ` ${label}`}-> ${title.get(to)}`,
  );
}

describe("a graph", () => {
  it("leads from a route over its rules to what they run", () => {
    expect(arrows("route chat { when stream -> big else small  otherwise -> reject 429 }").sort()).toEqual([
      "0 when stream -next-> big / lab",
      "1 otherwise -next-> reject 429",
      "big / lab -else else-> small / lab",
      "chat -next-> 0 when stream",
      "chat -next-> 1 otherwise",
    ]);
  });

  it("draws a plan once where nothing comes after it, and anew where something does", () => {
    const drawn = arrows(`plan both = big else small
      route chat { when stream -> both  when needs.tools -> both  otherwise -> both else reject 503 }`);
    expect(drawn.filter((arrow) => arrow.endsWith("-next-> both"))).toHaveLength(3);
    expect(drawn.filter((arrow) => arrow.startsWith("both -next->"))).toHaveLength(2);
    expect(drawn.filter((arrow) => arrow.endsWith("reject 503"))).toEqual(["small / lab -else else-> reject 503"]);
  });

  it.each([
    ["a else on refused b", "big else on refused small", "big / lab -else else on refused-> small / lab"],
    ["a selector", "cheapest { big, small }", "0 always -next-> cheapest of / big / small"],
    ["a spread", "spread { 70% big, 30% small }", "0 always -next-> spread / 70% big / 30% small"],
    ["a split", "split { 90% big, 10% small }", "split -next 90%-> big / lab"],
    ["a hedge", "hedge { big after 2s small }", "big / lab -hedge after 2s-> small / lab"],
    [
      "a gate",
      "cascade { big accept when not refused and output_tokens < 2k  small }",
      "big / lab -else unless not refused and output_tokens < 2000-> small / lab",
    ],
    ["options", "big with { timeout 90s, retries 2 }", "0 always -next-> big / lab / timeout 90s, retries 2"],
  ])("draws %s", (_, plan, arrow) => {
    expect(arrows(`route chat -> ${plan}`)).toContain(arrow);
  });

  it("has every arrow between boxes that are there", () => {
    for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith(".route"))) {
      const { nodes, edges } = example(name);
      const ids = new Set(nodes.map(({ id }) => id));
      expect(ids.size).toBe(nodes.length);
      expect(edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    }
  });
});

const marked: GraphOptions = { decided: { route: "chat", rule: 3 } };

describe("Mermaid", () => {
  it("of a whole policy", async () => {
    await expect(toMermaid(example("cascade.route"))).toMatchFileSnapshot("golden/cascade.mmd");
  });

  it("of one request, whose way is marked", async () => {
    await expect(toMermaid(example("cascade.route", marked))).toMatchFileSnapshot("golden/cascade-write.mmd");
  });

  it("takes no text for markup", () => {
    const text = toMermaid(planGraph(tableOf(`${MODELS}route chat -> reject 429 "<b>\\"no\\" & #35; \`x\`"`)));
    expect(text).toContain('"reject 429<br/>#60;b#62;#34;no#34; #38; #35;35#59; #96;x#96;"');
  });
});

describe("SVG", () => {
  it("of a whole policy, and of one request", async () => {
    await expect(toSvg(example("degradation.route"))).toMatchFileSnapshot("golden/degradation.svg");
    await expect(toSvg(example("cascade.route", marked))).toMatchFileSnapshot("golden/cascade-write.svg");
  });

  it("draws no box over another, and rules from the top in their order", () => {
    for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith(".route"))) {
      const boxes = [
        ...toSvg(example(name)).matchAll(/<g class="(\w+)"><rect x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"/g),
      ].map(([, kind, ...at]) => ({ kind, at: at.map(Number) as [number, number, number, number] }));
      for (const [
        index,
        {
          at: [x, y, width, height],
        },
      ] of boxes.entries())
        for (const {
          at: [left, top, wide, high],
        } of boxes.slice(index + 1))
          expect(x + width <= left || left + wide <= x || y + height <= top || top + high <= y, name).toBe(true);
    }
    const rules = [...toSvg(example("degradation.route")).matchAll(/<g class="rule"><rect x=".+?" y="(.+?)"/g)].map(
      ([, y]) => Number(y),
    );
    expect(rules).toEqual(rules.toSorted((a, b) => a - b));
    expect(rules.length).toBe(9);
  });

  it("loads nothing and takes no text for markup", () => {
    const text = toSvg(planGraph(tableOf(`${MODELS}route chat -> reject 429 "<script>&"`)));
    expect(text).toContain("&#60;script&#62;&#38;");
    expect(text.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|<script|@import/);
  });
});
