/** An answer against the schema that its request asked for. */
import { expect, test } from "vitest";
import { fits } from "../../../runtime/plan/valid-json.ts";

const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const LIST = {
  $defs: { node: { type: "object", properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } } } },
  $ref: "#/$defs/node",
};

test.each([
  ["what it asks for", PERSON, { name: "Ada", age: 36 }, true],
  ["a member of the wrong type", PERSON, { name: "Ada", age: "36" }, false],
  ["a member too few", PERSON, { name: "Ada" }, false],
  ["a member too many", PERSON, { name: "Ada", age: 36, title: "Countess" }, false],
  ["a schema that refers to itself", LIST, { next: { next: null } }, true],
  ["a schema that allows all", true, 7, true],
])("%s", (_what, schema, value, expected) => {
  expect(fits(schema, value)).toBe(expected);
});

test.each([
  ["no schema", "object"],
  ["a type that there is not", { type: "text" }],
  ["another document", { $ref: "https://example.com/schema.json" }],
  ["a schema that never ends", { $ref: "#" }],
  ["a schema too large", { enum: ["x".repeat(200_000)] }],
])("%s says nothing of any value", (_what, schema) => {
  expect(fits(schema, {})).toBeUndefined();
});

test("a regular expression of the client's is not carried out: this one would take longer than the universe has", () => {
  expect(fits({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(100)}!`)).toBe(true);
  expect(fits({ patternProperties: { "^(a+)+$": { type: "null" } } }, { [`${"a".repeat(100)}!`]: 1 })).toBe(true);
});

test("two schemas of one name are two schemas", () => {
  expect([fits({ $id: "answer", type: "object" }, {}), fits({ $id: "answer", type: "array" }, {})]).toEqual([
    true,
    false,
  ]);
});
