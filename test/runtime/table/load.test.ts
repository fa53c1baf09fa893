import { describe, expect, it } from "vitest";
import { serializeTable } from "../../../compiler/index.ts";
import { canonicalJson, type DecisionTable, decide, hashTable, load } from "../../../runtime/table/index.ts";
import { route, tableOf } from "../../compiler/support.ts";

const json = serializeTable(tableOf(route('when tier == pro and tenant starts_with "eu-" -> big\notherwise -> small')));

/** The table changed in a way that its author signed: with the hash that belongs to it. */
function changed(change: (table: DecisionTable) => void): DecisionTable {
  const table: DecisionTable = JSON.parse(json);
  change(table);
  return { ...table, hash: hashTable(table) };
}

function first<T>(items: readonly T[]): T {
  return items[0] as T;
}

describe("load", () => {
  it("freezes what it loads", () => {
    expect(() => {
      load(JSON.parse(json)).table.routes[0]?.names.push("other");
    }).toThrow(TypeError);
  });
  it("refuses what is no table", () => {
    expect(() => load(null)).toThrow("not a decision table");
    expect(() => load({ format: 1 })).toThrow("must have required property 'hash'");
    expect(() => load({ format: 2 })).toThrow("the table has format 2, this runtime knows format 1");
  });
  it("refuses a table that was changed after it was compiled", () => {
    expect(() => load(JSON.parse(json.replace("starts_with", "ends_with")))).toThrow("changed after it was compiled");
  });
  it("does not care how the JSON is written", () => {
    const reordered = Object.fromEntries(Object.entries(JSON.parse(json)).reverse());
    expect(load(reordered).table.hash).toBe(load(JSON.parse(json)).table.hash);
  });
  it.each<[string, (table: DecisionTable) => void]>([
    ["model small names the unknown provider gone", (table) => (first(table.models).provider = "gone")],
    [
      "route chat names the unknown model gone",
      (table) => (first(first(table.routes).rules).run = { kind: "call", model: "gone" }),
    ],
    [
      "route chat names the unknown plan gone",
      (table) => (first(first(table.routes).rules).run = { kind: "plan", plan: "gone" }),
    ],
    ["route chat has a row for rule 9", (table) => (first(first(table.routes).rows).rule = 9)],
    ["route chat waits for the unknown signal gone", (table) => (first(first(table.routes).rules).signals = ["gone"])],
    ["route chat tests `gone`", (table) => (first(first(table.routes).rows).when.gone = [[0, 0]])],
    ["route chat tests region 7 of `tier`", (table) => (first(first(table.routes).rows).when.tier = [[0, 7]])],
  ])("refuses a table that contradicts itself: %s", (message, change) => {
    expect(() => load(changed((table) => void change(table)))).toThrow(message);
  });
});

describe("decide", () => {
  const policy = load(JSON.parse(json));
  it("takes defaults for what is left out", () => {
    expect(decide(policy, { model: "chat" })).toMatchObject({
      route: "chat",
      index: 1,
      run: { kind: "call", model: "small" },
    });
    expect(decide(policy, { model: "chat", tier: "pro", tenant: "eu-acme" }).index).toBe(0);
  });
  it("names what is wrong with a request", () => {
    expect(() => decide(policy, {})).toThrow("attribute `model` is missing");
    expect(() => decide(policy, { model: "other" })).toThrow("no route serves the model `other`");
    expect(() => decide(policy, { model: "chat", tier: "gold" })).toThrow(
      "attribute `tier` is `gold`: expected one of free, pro, enterprise",
    );
    expect(() => decide(policy, { model: "chat", weight: 1.5 })).toThrow(
      "attribute `weight` is `1.5`: expected a whole number",
    );
  });
  it("is not led astray by names that every object has", () => {
    const table = tableOf(
      'request { constructor bool from header "x" default false\n __proto__ bool from header "y" default false }\nprovider lab { protocol simulated }\nmodel m = lab "m" { context 1k price free }\nroute chat { when constructor and __proto__ -> reject 400\notherwise -> m }',
    );
    const odd = load(JSON.parse(serializeTable(table)));
    expect(decide(odd, { model: "chat" }).index).toBe(1);
    expect(decide(odd, JSON.parse('{"model":"chat","constructor":true,"__proto__":true}')).index).toBe(0);
  });
});

describe("canonical JSON", () => {
  it("orders keys by code point and writes no white space", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "é" }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"é","d":null}]}',
    );
  });
});
