/** For any plan and any outcomes, the executor asks the same models in the same order as a recursive reading of the table. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression, Failure } from "../../../runtime/table/index.ts";
import { answer, breaks, failing, type Script, silence, steps, stream } from "../../support/scripted-transport.ts";
import { call, carryOut, catching, plan, reject } from "./harness.ts";

/** What a call can meet, and how that looks on the wire. */
const MET: Readonly<Record<string, readonly [outcome: Failure | "answered", whole: Script, streamed: Script]>> = {
  answer: ["answered", answer(), stream()],
  busy: ["rate_limited", failing(429), failing(429)],
  silence: ["timeout", silence, silence],
  overload: ["overloaded", failing(503), failing(503)],
  fault: ["server_error", failing(500), stream([])],
  break: ["unreachable", [...answer().slice(0, 2), ...breaks()], breaks()],
  stranger: ["unauthorized", failing(401), failing(401)],
  censor: ["filtered", failing(400, "content_filter"), failing(400, "content_filter")],
  length: ["too_long", failing(413), failing(413)],
  nonsense: ["invalid", failing(400), failing(400)],
  refusal: [
    "refused",
    answer({ choices: [{ message: { refusal: "no" } }] }),
    stream(['{"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}', "[DONE]"]),
  ],
};

const FAILURES = [...new Set(Object.values(MET).map(([outcome]) => outcome))].filter((each) => each !== "answered");
/** Of the models `a` to `f`, these two fail without a call. */
const LOCAL: Readonly<Record<string, Failure>> = { e: "too_long", f: "unsupported" };
const MODELS = { e: { context: 1 }, f: { can: [] } };

type Plans = Readonly<Record<string, Expression>>;

/** A plan refers only to later ones, so that none refers to itself. */
const policies = fc.integer({ min: 0, max: 3 }).chain((count) => {
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  return fc.record({
    run: expressions(names),
    plans: fc
      .tuple(...names.map((_, index) => expressions(names.slice(index + 1))))
      .map((bodies): Plans => Object.fromEntries(bodies.map((body, index) => [names[index], body]))),
  });
});

function expressions(plans: readonly string[]): fc.Arbitrary<Expression> {
  const failures = fc.uniqueArray(fc.constantFrom(...FAILURES), { minLength: 1, maxLength: 6 });
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      fc.constantFrom(..."abcdef").map((model) => call(model)),
      fc.constant(reject(503)),
      ...(plans.length === 0 ? [] : [fc.constantFrom(...plans).map(plan)]),
      fc
        .tuple(tie("expression"), fc.array(fc.tuple(failures, tie("expression")), { minLength: 1, maxLength: 4 }))
        .map(([first, branches]) => catching(first, branches)),
    ),
  }));
  return expression;
}

interface Reading {
  readonly tried: string[];
  readonly end: Failure | "answered" | "rejected";
}

/** The language's own words, read recursively: an independent and slow second opinion. */
function read(run: Expression, plans: Plans, met: readonly string[]): Reading {
  const tried: string[] = [];

  /** `caught`: what some later branch of an enclosing chain covers. Only that makes a refusal a failure. */
  function go(expression: Expression, caught: readonly Failure[]): Reading["end"] {
    switch (expression.kind) {
      case "reject":
        return "rejected";
      case "plan":
        return go(plans[expression.plan] ?? reject(500), caught);
      case "call": {
        const local = LOCAL[expression.model];
        if (local !== undefined) return local;
        const [outcome] = MET[met[tried.push(expression.model) - 1] ?? "answer"] ?? ["answered"];
        return outcome === "refused" && !caught.includes("refused") ? "answered" : outcome;
      }
      case "else": {
        const later = (from: number) => [...caught, ...expression.then.slice(from).flatMap((branch) => branch.on)];
        let end = go(expression.first, later(0));
        for (const [index, branch] of expression.then.entries()) {
          if (end === "answered" || end === "rejected") break;
          if (branch.on.includes(end)) end = go(branch.run, later(index + 1));
        }
        return end;
      }
    }
  }

  return { end: go(run, []), tried };
}

test("the executor agrees with the recursive reading, and keeps the sink's protocol", () => {
  const outcomes = fc.array(fc.constantFrom(...Object.keys(MET)), { maxLength: 40 });
  fc.assert(
    fc.property(policies, outcomes, fc.boolean(), ({ run, plans }, met, streamed) => {
      const expected = read(run, plans, met);
      const scripts = new Proxy<Script[]>([], {
        get: (_target, index) => MET[met[Number(index)] ?? "answer"]?.[streamed ? 2 : 1],
      });
      const result = carryOut({
        run,
        plans,
        models: MODELS,
        stream: streamed,
        request: { needs: 1 },
        scripts,
        deadline: 1e9,
      });

      expect(result.tried()).toEqual(expected.tried);
      const protocol = result.told.map((line) => line.split(" ")[0]).join(" ");
      const last = result.failures.at(-1)?.failure;
      if (expected.end === "answered") expect(protocol).toBe(streamed ? "begin data end" : "whole");
      else if (expected.end === "rejected") expect(protocol).toBe("reject");
      else expect([protocol, last]).toEqual(["exhausted", expected.end]);
      expect(result.clock.pending()).toBe(0);
    }),
    { numRuns: 4_000 },
  );
});

test("a stream cut anywhere, in characters too, is forwarded whole", () => {
  const bytes = Buffer.from(
    'data: {"choices":[{"delta":{"role":"assistant"}}]}\r\n\r\n: grüße\n\ndata: {"choices":[{"delta":{"content":"ß😀"}}]}\n\ndata: [DONE]\n\n',
  );
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((x, y) => x - y), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const script = steps(
        (events) => events.head(200, []),
        ...pieces.map((piece) => (events: Parameters<Script[number]["tell"]>[0]) => events.data(piece)),
        (events) => events.end(),
      );
      const run = carryOut({ run: call("a"), stream: true, scripts: [script] });
      expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
      expect(run.text()).toBe(bytes.toString());
    }),
  );
});
