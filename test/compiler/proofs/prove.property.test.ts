/** What is proved and what is refuted, against carrying out every plan for every request in every way. */
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProgram, type Diagnostic } from "../../../compiler/index.ts";
import { replayWitnesses } from "../../../compiler/testing/index.ts";
import { policy, written } from "./arbitrary.ts";
import { Oracle, REQUESTS, type Request } from "./oracle.ts";

const POLICIES = 250;

const FILES = {
  read: () => Buffer.from("How good is this?"),
  real: (path: string) => resolve(path),
};

/** Findings that refuse a policy for another reason. */
const OTHERS = /^RT[1-3]/;

describe("proofs", () => {
  it("hold exactly where no request refutes them, and a witness does", { timeout: 60_000 }, () => {
    let held = 0;
    let refuted = 0;
    fc.assert(
      fc.property(policy, (made) => {
        const text = written(made);
        const { diagnostics, program, analysis } = compileProgram({ text, path: "main.route" }, { fileSystem: FILES });
        fc.pre(!diagnostics.some(({ code, severity }) => severity === "error" && OTHERS.test(code)));
        if (analysis !== undefined) replayWitnesses(program, analysis, diagnostics);
        const oracle = new Oracle(made);
        for (const [i, { when, claim }] of made.proofs.entries()) {
          const said = diagnostics.find(({ code, message }) => code === "RT4001" && message.startsWith(`\`p${i}\` `));
          const shown = said ? [shownBy(said)] : REQUESTS;
          const refutes = shown.some((request) => oracle.refutes(request, when, claim));
          expect(refutes, `p${i}: ${said?.message ?? "holds"}\n${JSON.stringify(said?.witness)}\n${text}`).toBe(
            said !== undefined,
          );
          if (said === undefined) held++;
          else refuted++;
        }
      }),
      { numRuns: POLICIES },
    );
    // One that always says the same would show nothing.
    expect(Math.min(held, refuted)).toBeGreaterThan(POLICIES);
  });
});

/** The request that a finding shows; what it leaves out is a short unstreamed chat. */
function shownBy({ witness }: Diagnostic): Request {
  const { attributes = {}, signals = {} } = witness ?? {};
  return {
    tier: String(attributes.tier ?? "pro"),
    prompt_tokens: Number(attributes.prompt_tokens ?? 32),
    max_tokens: Number(attributes.max_tokens ?? Number.MAX_SAFE_INTEGER),
    tools: attributes["needs.tools"] === true,
    vision: attributes["needs.vision"] === true,
    stream: attributes.stream === true,
    topic: String(signals.topic ?? "other"),
    risk: Number(signals.risk ?? 0),
  };
}
