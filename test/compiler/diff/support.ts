/** One-line helpers for tests of differences. */
import { diffPrograms } from "../../../compiler/diff/diff.ts";
import type { Difference } from "../../../compiler/diff/difference.ts";
import type { Program } from "../../../compiler/program/program.ts";
import { checked } from "../program/checked.ts";

/** Models `small` (eu), `big` and `other` (us). */
export const MODELS = `
provider lab { protocol simulated  residency us }
model small = lab "small-1" { context 8k    output 1k  price free  residency eu }
model big   = lab "big-1"   { context 128k  output 8k  price { input $1, output $4 } }
model other = lab "other-1" { context 128k  output 8k  price { input $2, output $8 } }
`;

export const REQUEST = `
request {
  tier     free | pro | enterprise  from header "x-tier"      default free
  critical bool                     from header "x-critical"  default false
  weight   int                      from metadata "weight"    default 0
  tenant   string                   from header "x-tenant"    default ""
}
`;

/** A route `chat` over the attributes and models above, after other declarations. */
export function route(rules: string, declarations = ""): string {
  return `${REQUEST}${MODELS}${declarations}\nroute chat {\n${rules}\n}\n`;
}

/** The program of a text. Rules that can never match are let be, for random policies have them. */
export function programOf(text: string): Program {
  const { program, report } = checked({ "main.route": text });
  const errors = report.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`${errors.map(({ message }) => message).join("\n")}\nin\n${text}`);
  return program;
}

export function differenceOf(before: string, after: string): Difference {
  return diffPrograms(programOf(before), programOf(after));
}

/** What is run, what is run instead, and for whom: `small → big: send chat { tier pro }`. */
export function changes(before: string, after: string): string[] {
  return differenceOf(before, after).decisions.map(
    (change) => `${change.before.text} → ${change.after.text}: ${change.witness.written.join("  ")}`,
  );
}

/** The changes without their witnesses, sorted. */
export function kinds({ decisions }: Difference): string[] {
  return decisions.map(({ before, after }) => `${before.text} → ${after.text}`).sort();
}
