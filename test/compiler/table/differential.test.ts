/** The table decides as the naive interpreter of the checked program does. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../../compiler/analysis/analyse.ts";
import { serializeTable } from "../../../compiler/index.ts";
import { checkProgram } from "../../../compiler/program/check.ts";
import { Assets, readProgram } from "../../../compiler/program/files.ts";
import { interpret } from "../../../compiler/program/interpret.ts";
import { Report } from "../../../compiler/program/report.ts";
import { lower } from "../../../compiler/table/lower.ts";
import { decide, load, readAttribute } from "../../../runtime/table/index.ts";
import { policy, request } from "../policies.ts";
import { route, tableOf } from "../support.ts";

/** Policies with rules that can never match are refused; here they are lowered all the same. */
function lowered(text: string) {
  const report = new Report();
  const files = { read: () => new TextEncoder().encode(text), real: (path: string) => path };
  const program = checkProgram(readProgram("main.route", files, report), new Assets(files, report), report);
  const analysis = analyse(program, report);
  const other = report.diagnostics.filter(({ code, severity }) => severity === "error" && code !== "RT3002");
  expect(other, text).toEqual([]);
  if (analysis === undefined) throw new Error("not analysed");
  return { program, report, table: lower(program, analysis) };
}

const POLICIES = 200;
const REQUESTS = 50;

describe("the table", () => {
  it(`decides ${POLICIES * REQUESTS} requests as the interpreter does`, () => {
    let beyondFirst = 0;
    fc.assert(
      fc.property(policy, fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS }), (text, requests) => {
        const { program, report, table } = lowered(text);
        const [first] = program.routes;
        if (first === undefined) throw new Error("no route");
        const loaded = load(JSON.parse(serializeTable(table)));
        const unreachable = new Set(
          report.diagnostics.filter(({ code }) => code === "RT3002").map(({ span }) => span.start),
        );
        for (const attributes of requests) {
          const values = new Map(
            loaded.table.attributes.map((attribute) => [
              attribute.name,
              readAttribute(attribute, attributes[attribute.name]),
            ]),
          );
          const expected = interpret(first, values);
          const { index } = decide(loaded, { ...attributes, model: "chat" });
          if (index > 0) beyondFirst++;
          expect(index, `${text}\n${JSON.stringify(attributes)}`).toBe(expected);
          // What the analysis calls unreachable no request may reach.
          expect(unreachable.has(first.rules[index]?.place.span.start ?? -1), `rule ${index} of\n${text}`).toBe(false);
        }
      }),
      { numRuns: POLICIES },
    );
    // A generator whose requests all fall to the first rule would show nothing.
    expect(beyondFirst).toBeGreaterThan((POLICIES * REQUESTS) / 4);
  });

  it("says which version wrote it", () => {
    const { name, version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(tableOf(route("otherwise -> small")).compiler).toBe(`${name} ${version}`);
  });

  it("is the same, byte for byte, each time", () => {
    fc.assert(
      fc.property(policy, (text) => {
        expect(serializeTable(lowered(text).table)).toBe(serializeTable(lowered(text).table));
      }),
      { numRuns: 20 },
    );
  });
});
