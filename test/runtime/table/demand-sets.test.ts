import { expect, it } from "vitest";
import { demandSets, load } from "../../../runtime/table/index.ts";
import { MODELS, tableOf } from "../../compiler/support.ts";

const POLICY = `
request { tier free | pro from header "x-tier" default free }
${MODELS}
signal pii  bool = patterns [email]
signal hard bool = keywords ["proof"]
route chat {
  when tier == free            -> small
  when hard and pii            -> reject 400
  when not hard and not pii    -> big
  otherwise                    -> small
}
`;

it("says which signals decisions hang on, and which are asked for at once", () => {
  const table = tableOf(POLICY);
  const [route] = table.routes;
  if (route === undefined) throw new Error("no route");
  expect(demandSets(table, route)).toEqual([
    { open: [], first: [], groups: 1 },
    { open: ["hard", "pii"], first: ["hard", "pii"], groups: 1 },
  ]);
});

it("agrees with what a loaded policy asks for", () => {
  const policy = load(tableOf(POLICY));
  const indexOf = (name: string): number => policy.table.attributes.findIndex((each) => each.name === name);
  const valuesOf = (given: Record<string, string | boolean>) => policy.table.attributes.map(({ name }) => given[name]);
  const chat = policy.routeFor("chat");
  expect(chat?.demand(valuesOf({ tier: "free" }))).toEqual([]);
  expect(chat?.demand(valuesOf({ tier: "pro" }))).toEqual([indexOf("hard"), indexOf("pii")]);
  expect(chat?.demand(valuesOf({ tier: "pro", hard: true }))).toEqual([indexOf("pii")]);
  expect(chat?.demand(valuesOf({ tier: "pro", hard: true, pii: true }))).toEqual([]);
});
