/** For any plan and any outcomes, the executor asks the same models in the same order as a recursive reading of the table. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression, Failure } from "../../../runtime/table/index.ts";
import { answer, breaks, failing, type Script, silence, steps, stream } from "../../support/scripted-transport.ts";
import { begin, call, carryOut, catching, plan, reject } from "./harness.ts";

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
      default:
        throw new Error(`no ${expression.kind} is generated here`);
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

/** A script of these pieces of a stream, and what comes then. */
function pieced(bytes: Buffer, cuts: readonly number[], then: Script): Script {
  const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((x, y) => x - y), bytes.length];
  const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
  return [
    ...steps((events) => events.head(200, [])),
    ...pieces.flatMap((piece) => steps((events) => events.data(piece))),
    ...then,
  ];
}

const CUTS = fc.array(fc.nat(100_000), { maxLength: 12 });
const CLOSED = steps((events) => events.end());

test("a stream in any pieces, cut in characters too, is forwarded whole and ends at [DONE]", () => {
  const bytes = Buffer.from(
    'data: {"choices":[{"delta":{"role":"assistant"}}]}\r\n\r\n: grüße\n\ndata: {"choices":[{"delta":{"content":"ß😀"}}]}\n\ndata: [DONE]\n\n',
  );
  fc.assert(
    fc.property(CUTS, fc.constantFrom(CLOSED, []), (cuts, then) => {
      const run = begin({ run: call("a"), stream: true, scripts: [pieced(bytes, cuts, then)] });
      run.clock.advance(0);
      expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
      expect(run.text()).toBe(bytes.toString());
    }),
  );
});

test("a stream that ends anywhere is an answer exactly when its last words say so", () => {
  const content = '{"choices":[{"index":0,"delta":{"content":"\\"finish_reason\\":\\"stop\\""},"finish_reason":null}]}';
  const finish = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
  const usage = '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}';
  const middle = fc.array(fc.constantFrom(content, finish, usage), { maxLength: 5 });
  const end = fc.constantFrom([], ["[DONE]"]);
  fc.assert(
    fc.property(middle, end, fc.nat(60), CUTS, (more, last, missing, cuts) => {
      const [first = "", ...rest] = [content, ...more, ...last].map((event) => `data: ${event}\n\n`);
      const text = first + rest.join("").slice(0, -missing || undefined);
      const run = begin({ run: call("a"), stream: true, scripts: [pieced(Buffer.from(text), cuts, CLOSED)] });
      run.clock.advance(0);
      expect(run.told.at(-1)).toMatch(isAnswer(text) ? /^end/ : /^broken/);
    }),
    { numRuns: 2_000 },
  );

  /** What the stream says last of content or end is its end, and nothing in it is cut. */
  function isAnswer(text: string): boolean {
    const events = text
      .split(/\n+/)
      .filter((line) => line !== "")
      .map((line) => line.replace(/^data: /, ""));
    const known = [content, finish, usage, "[DONE]"];
    return events.every((event) => known.includes(event)) && events.findLast((event) => event !== usage) !== content;
  }
});
