import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { attributeReaders } from "../../../runtime/proxy/attributes.ts";
import { visibility } from "../../../runtime/proxy/visible.ts";
import { load } from "../../../runtime/table/index.ts";
import { MODELS } from "../../support/policies.ts";

/** The routes that a caller may call. */
function lobby(text: string) {
  const { table, diagnostics } = compile({ text });
  if (table === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { routes } = load(table);
  const mayCall = visibility(table, routes);
  const readers = attributeReaders(table);
  return (claims: unknown, headers: readonly string[] = []): string[] => {
    const values = readers.caller({ headers, claims });
    return routes.filter((route) => mayCall(route, values)).flatMap(({ route }) => route.names);
  };
}

const open = lobby(`request {
  tier    free | pro | max  from claim "tier"
  region  eu | us           from header "x-region"    default us
  org     string            from claim "/org/name"
  seats   int               from claim "seats"        default 1
}

${MODELS}

route all { otherwise -> small }
route paid {
  for tier != free
  otherwise -> large
}
route either {
  for tier == max or org == "acme"
  otherwise -> large
}
route eu {
  for region == eu and tier in {pro, max}
  otherwise -> large
}
route big {
  for seats > 10
  otherwise -> large
}
route corp {
  for org starts_with "acme-"
  otherwise -> large
}
`);

describe("a caller may call the routes whose condition holds", () => {
  test.each<[string, unknown, readonly string[], string[]]>([
    ["without anything", {}, [], ["all"]],
    ["who is free", { tier: "free" }, [], ["all"]],
    ["who pays", { tier: "pro" }, [], ["all", "paid"]],
    ["in the region", { tier: "pro" }, ["X-Region", "eu"], ["all", "paid", "eu"]],
    ["in a region that is none", { tier: "pro" }, ["x-region", "moon"], ["all", "paid"]],
    ["of the one organisation", { tier: "free", org: { name: "acme" } }, [], ["all", "either"]],
    ["of an organisation, whose tier is missing", { org: { name: "acme" } }, [], ["all"]],
    ["whose tier would do, of no organisation", { tier: "max" }, [], ["all", "paid"]],
    ["of a daughter", { org: { name: "acme-eu" } }, [], ["all", "corp"]],
    ["with many seats", { seats: 11 }, [], ["all", "big"]],
    ["with seats of a wrong type", { seats: "11" }, [], ["all"]],
    ["whose tier is no tier", { tier: "gold" }, [], ["all"]],
    ["whose claims are inherited", Object.create({ tier: "pro" }), [], ["all"]],
    ["whose claims are nothing", undefined, [], ["all"]],
  ])("%s", (_, claims, headers, names) => expect(open(claims, headers)).toEqual(names));

  test("and a header twice is the client's mistake", () => {
    expect(() => open({}, ["x-region", "eu", "x-region", "us"])).toThrow("header `x-region` is given more than once");
  });

  test("whatever the values: as the conditions read, and false where one is missing", () => {
    const tier = fc.option(fc.constantFrom("free", "pro", "max", "gold"), { nil: undefined });
    const name = fc.option(fc.constantFrom("acme", "acme-", "acme-eu", "acm", ""), { nil: undefined });
    fc.assert(
      fc.property(
        tier,
        name,
        fc.integer({ min: 9, max: 12 }),
        fc.constantFrom("eu", "us"),
        (tier, name, seats, region) => {
          const known = tier !== undefined && tier !== "gold";
          const expected = [
            "all",
            ...(known && tier !== "free" ? ["paid"] : []),
            ...(known && name !== undefined && (tier === "max" || name === "acme") ? ["either"] : []),
            ...(known && region === "eu" && tier !== "free" ? ["eu"] : []),
            ...(seats > 10 ? ["big"] : []),
            ...(name?.startsWith("acme-") ? ["corp"] : []),
          ];
          const claims = { ...(tier !== undefined && { tier }), ...(name !== undefined && { org: { name } }), seats };
          expect(open(claims, ["x-region", region])).toEqual(expected);
        },
      ),
    );
  });
});

test("without a condition every route is everybody's", () => {
  expect(lobby(`${MODELS}\nroute a { otherwise -> small }\nroute b { otherwise -> large }\n`)({})).toEqual(["a", "b"]);
});
