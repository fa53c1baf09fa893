/** Checking the same program again and again: what is kept of the last time must not be seen in what is found. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../compiler/index.ts";
import { InterruptedError } from "../../compiler/index.ts";
import { createCheck } from "../../lsp/checking/check.ts";
import { createReceiver, createSender, type Transfer } from "../../lsp/checking/transfer.ts";
import type { Understanding } from "../../lsp/checking/understanding.ts";
import { diagnosticsOf } from "../../lsp/features/diagnostics.ts";
import { hover } from "../../lsp/features/hover.ts";
import { policy } from "../compiler/policies.ts";
import { checked, MODELS, REQUEST, toEnd } from "./support.ts";

const MAIN = "/policies/main.route";

/** A disk with one file, whose text is set. */
function disk(): FileSystem & { text: string } {
  const only = { text: "", read: () => Buffer.from(only.text), real: (path: string) => path };
  return only;
}

function understandingOf(files: FileSystem): Understanding | undefined {
  return toEnd(createCheck(MAIN, files)());
}

const edit = fc.tuple(fc.nat(), fc.nat({ max: 8 }), fc.constantFrom("", "\n", "x", "\n// why\n", " }"));

/** A policy, and the same as somebody goes on: something is put in, or taken out. */
const edited = fc.tuple(policy, fc.array(edit, { maxLength: 4 })).map(([text, edits]) => {
  const texts = [text];
  for (const [at, length, by] of edits) {
    const last = texts.at(-1) as string;
    const start = at % (last.length + 1);
    texts.push(last.slice(0, start) + by + last.slice(start + length));
  }
  return texts;
});

describe("checking again", () => {
  it("finds what checking for the first time finds", () => {
    fc.assert(
      fc.property(fc.array(edited, { minLength: 1, maxLength: 2 }), (policies) => {
        const files = disk();
        const again = createCheck(MAIN, files);
        for (const text of policies.flat()) {
          files.text = text;
          expect(toEnd(again())).toEqual(understandingOf(files));
        }
      }),
      { numRuns: 20 },
    );
  });

  it("does so after a check that was interrupted anywhere", () => {
    fc.assert(
      fc.property(edited, fc.nat({ max: 200 }), (texts, patience) => {
        const files = disk();
        let asked = 0;
        let limit = patience;
        const again = createCheck(MAIN, files, () => ++asked > limit);
        for (const text of texts) {
          files.text = text;
          asked = 0;
          limit = patience;
          try {
            toEnd(again());
          } catch (error) {
            expect(error).toBeInstanceOf(InterruptedError);
          }
          limit = Number.POSITIVE_INFINITY;
          expect(toEnd(again())).toEqual(understandingOf(files));
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe("what was understood", () => {
  it("comes over as it was sent", () => {
    fc.assert(
      fc.property(edited, (texts) => {
        const [send, receive, files] = [createSender(), createReceiver(), disk()];
        for (const text of texts) {
          files.text = text;
          const understanding = understandingOf(files) as Understanding;
          expect(receive(structuredClone(send(understanding)))).toEqual(understanding);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is sent again only for the declaration that has changed", () => {
    const [send, files] = [createSender(), disk()];
    const sent = (text: string): Transfer => {
      files.text = REQUEST + MODELS + text;
      return send(understandingOf(files) as Understanding);
    };
    const routes = ["a", "b", "c"].map(
      (name) => `route ${name} {\n  when urgent -> big with { retries 1 }\n  otherwise -> big\n}\n`,
    );
    expect(sent(routes.join("")).fresh.size).toBeGreaterThan(1);
    const again = sent(routes.join("\n// so\n").replace("retries 1", "retries 2"));
    expect(again.fresh.size).toBe(1);
    expect([again.models, again.plans]).toEqual([undefined, undefined]);
    expect(again.parts.length).toBeGreaterThan(3);
  });
});

describe("what is found of a rule or a model", () => {
  it("says what decides all that would come to a rule", () => {
    const { document, offset, workspace } = checked(
      `${REQUEST}${MODELS}route chat {\n  when tier == free -> small\n  wh¦en tier == free and urgent -> big\n  otherwise -> big\n}\n`,
    );
    expect(hover(document, offset, workspace)?.contents).toMatchObject({
      value: expect.stringContaining(
        "this rule can never match\n- line 12 takes them first: `when tier == free -> small`",
      ),
    });
  });

  it("is struck through where the model is deprecated", () => {
    const { document, workspace } = checked(
      'provider anthropic\nmodel m = anthropic "claude-3-haiku-20240307"\nroute chat -> m',
    );
    expect(diagnosticsOf(document, workspace)).toMatchObject([{ code: "RT2018", tags: [2] }]);
  });
});
