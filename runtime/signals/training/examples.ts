/** What a classifier is trained on: lines of JSON, each with a text and what it is an example of. */

export interface Example {
  readonly text: string;
  /** For an enum the index of its member, for a score the value from 0 to 1. */
  readonly target: number;
}

export interface Examples {
  /** The members of the enum, in alphabetical order; undefined where the lines have values, for a score. */
  readonly members: readonly string[] | undefined;
  /** Each pair of text and target once, in the order of the file. */
  readonly all: readonly Example[];
  /** Lines that were there before, text and target alike. */
  readonly repeated: number;
  /** Texts of which two lines say different things. */
  readonly contradicted: number;
}

/** The lines are not what they must be. The message names the line. */
export class ExamplesError extends Error {}

type Line = { readonly text: string; readonly label: string } | { readonly text: string; readonly value: number };

/**
 * Reads `{ "text": "…", "label": "member" }` or `{ "text": "…", "value": 0.3 }`, one a line, all lines of one kind; empty
 * lines are passed over.
 *
 * @throws ExamplesError
 */
export function readExamples(content: string): Examples {
  const lines: Line[] = [];
  for (const [index, line] of content.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readLine(line, index + 1);
    const [first] = lines;
    if (first !== undefined && "label" in first !== "label" in read)
      throw new ExamplesError(`line ${index + 1} has a \`${"label" in read ? "label" : "value"}\`, the first has none`);
    lines.push(read);
  }
  if (lines.length === 0) throw new ExamplesError("there is no line");
  const labels = lines.flatMap((line) => ("label" in line ? [line.label] : []));
  const members = labels.length > 0 ? [...new Set(labels)].sort() : undefined;
  const seen = new Map<string, Set<number>>();
  const all: Example[] = [];
  for (const line of lines) {
    const target = "label" in line ? (members?.indexOf(line.label) ?? 0) : line.value;
    const targets = seen.get(line.text) ?? new Set();
    seen.set(line.text, targets);
    if (!targets.has(target)) all.push({ text: line.text, target });
    targets.add(target);
  }
  const contradicted = [...seen.values()].filter(({ size }) => size > 1).length;
  return { members, all, repeated: lines.length - all.length, contradicted };
}

function readLine(line: string, number: number): Line {
  const fail = (problem: string): never => {
    throw new ExamplesError(`line ${number} ${problem}`);
  };
  const value = parsed(line);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail('is no JSON object: expected `{ "text": "…", "label": "…" }` or `{ "text": "…", "value": 0.5 }`');
  const { text, label, value: score } = value as Record<string, unknown>;
  if (typeof text !== "string" || text.trim() === "") return fail("has no `text`: expected one that is not empty");
  if ((label === undefined) === (score === undefined)) return fail("has not one of `label` and `value`");
  if (label !== undefined)
    return typeof label === "string" && label !== ""
      ? { text, label }
      : fail(`has the label ${shown(label)}, expected a text`);
  return typeof score === "number" && score >= 0 && score <= 1
    ? { text, value: score }
    : fail(`has the value ${shown(score)}, expected a number from 0 to 1`);
}

function shown(value: unknown): string {
  return `\`${JSON.stringify(value).slice(0, 60)}\``;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
