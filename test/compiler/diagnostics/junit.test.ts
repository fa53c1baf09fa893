import fc from "fast-check";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../compiler/diagnostics/diagnostic.ts";
import { renderJunit } from "../../../compiler/diagnostics/junit.ts";
import { FINDINGS, golden, SOURCES } from "./support.ts";

test("a suite for each file, a case for each finding", async () => {
  await expect(renderJunit(FINDINGS, SOURCES)).toMatchFileSnapshot(golden("junit.xml"));
});

/** The characters that XML 1.0 allows, and of those with a meaning only where they have it. */
const WELL_FORMED =
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n(?:\s*<\/?[a-z]+(?: [a-z]+="(?:[^<>"&]|&(?:amp|lt|gt|quot);)*")*\/?>(?:[^<>&]|&(?:amp|lt|gt|quot);)*)+$/;
const ALLOWED = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

test("whatever names and messages hold, the result is XML", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (file, message) => {
      const finding = { ...FINDINGS[1], file, message, help: message } as Diagnostic;
      const xml = renderJunit([finding], new Map([[file, "#"]]));
      expect(xml).toMatch(ALLOWED);
      expect(xml).toMatch(WELL_FORMED);
    }),
  );
});

test.each(["\ud800", "\ufffe", "\uffff", "\u0000", "\u001b", "]]>"])("%j has a form", (message) => {
  const xml = renderJunit([{ ...FINDINGS[1], message } as Diagnostic], SOURCES);
  expect(xml).toMatch(ALLOWED);
  expect(xml).toMatch(WELL_FORMED);
});
