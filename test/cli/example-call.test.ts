import { expect, test } from "vitest";
import { exampleCall } from "../../cli/example-call.ts";
import type { Attribute, AttributeSource, DecisionTable } from "../../runtime/table/index.ts";

const table = (name: string, ...attributes: Attribute[]) =>
  ({ routes: [{ names: [name] }], attributes }) as unknown as DecisionTable;
const string = (name: string, source: AttributeSource): Attribute => ({ name, source, type: { kind: "string" } });
const call = (...given: Parameters<typeof table>) => exampleCall(table(...given), "http://h").join("\n");

test("the first route is called, whatever its name holds", () => {
  expect(call("chat")).toContain(`'{"model":"chat",`);
  expect(call("it's")).toContain(`'{"model":"it'\\''s",`);
  expect(call("*")).toContain(`'{"model":"any-model",`);
});

test("what the policy requires goes where it is read from", () => {
  const output = call(
    "chat",
    string("a", { from: "header", at: "x-a" }),
    string("b", { from: "metadata", at: "b" }),
    string("c", { from: "body", at: "/deep/er~1/c" }),
    { name: "d", source: { from: "body", at: "/deep/d" }, type: { kind: "enum", members: ["one", "two"] } },
    { name: "e", source: { from: "header", at: "x-e" }, type: { kind: "bool" }, default: false },
    { name: "stream", source: { from: "builtin" }, type: { kind: "bool" } },
    { name: "pii", source: { from: "signal" }, type: { kind: "bool" } },
  );
  expect(output).toContain("-H 'x-a: example'");
  expect(output).toContain(`"metadata":{"b":"example"},"deep":{"er/":{"c":"example"},"d":"one"}}'`);
  expect(output).not.toContain("x-e");
});

test("where no call can succeed that is said instead", () => {
  expect(call("chat", string("org", { from: "claim", at: "org" }))).toBe(
    "every request will be refused: the policy requires the claim `org`, and claims are empty",
  );
});
