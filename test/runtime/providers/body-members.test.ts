import fc from "fast-check";
import { expect, test } from "vitest";
import { addMembers } from "../../../runtime/providers/body-members.ts";

function merged(body: string, members: Record<string, unknown>): string {
  return addMembers(members)(Buffer.from(body)).toString();
}

test("members are put in front, and every other byte stays", () => {
  expect(merged(' {"model" : "m", "seed": 9007199254740993 }  ', { a: 1 })).toBe(
    '{"a":1,"model" : "m", "seed": 9007199254740993 }  ',
  );
});

test.each([
  ["a member of the request", '{"model":"m","a":2}'],
  ["one that is spelled with escapes", '{"model":"m","\\u0061":2}'],
])("%s gives way to the provider's", (_what, body) => {
  expect(merged(body, { a: 1 })).toBe('{"model":"m","a":1}');
});

test("no members change nothing", () => {
  const body = Buffer.from("{}");
  expect(addMembers({})(body)).toBe(body);
});

test("what is sent is what spreading the members over the request gives", () => {
  const object = fc.dictionary(fc.constantFrom("a", "b", "c", 'q"', "é"), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(object, object, fc.constantFrom(0, 2), (body, members, indent) => {
      const sent = JSON.parse(merged(JSON.stringify(body, null, indent), members));
      expect(sent).toEqual(JSON.parse(JSON.stringify({ ...body, ...members })));
    }),
  );
});
