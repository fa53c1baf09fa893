/** The words in which every format says what differs. */
import type { Place } from "../diagnostics/index.ts";
import { requestText } from "../diagnostics/request.ts";
import { spell } from "../syntax/literals.ts";
import type { Beside, Change, Difference } from "./difference.ts";

/** One of the two that are compared, as people know it. */
export interface Version {
  readonly name: string;
  /** The file as people know it, and the line, counted from 1. */
  line(place: Place): { readonly file: string; readonly line: number };
}

export interface Versions {
  readonly before: Version;
  readonly after: Version;
}

/** How many kinds of decisions differ, in a sentence without its full stop. */
export function summary({ decisions, names, undecided }: Difference): string {
  const count = decisions.length + names.added.length + names.removed.length;
  if (undecided.length > 0) return "not all of it could be compared";
  if (count === 0) return "every request is decided as before";
  return `${count} ${count === 1 ? "kind of request is" : "kinds of requests are"} decided differently`;
}

export function heading({ before, after }: Change): string {
  return `${before.text} → ${after.text}`;
}

/** What is said of a change, by title. */
export function details(change: Change, versions: Versions): [title: string, text: string][] {
  const { before, after, names, witness, redefined } = change;
  const rule = ({ rule }: Change["before"], version: Version): string | undefined =>
    rule && `${placeText(rule, version)}  ${rule.text}`;
  const rows: [string, string | undefined][] = [
    ["for example", requestText(witness)],
    ["model names", names.length > 1 ? names.join(", ") : undefined],
    ["before", rule(before, versions.before)],
    ["after", rule(after, versions.after)],
    ...redefined.map(({ name, before: was, after: is }): [string, string] => [name, `${was} → ${is}`]),
    ["at worst", costText(change)],
    ["residency", residencyText(change)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** `main.route:12`. */
export function placeText(place: Place, version: Version): string {
  const { file, line } = version.line(place);
  return `${file}:${line}`;
}

/** Undefined where no model is asked, before or after. */
export function costText({ before, after }: Change): string | undefined {
  if (before.residencies.length + after.residencies.length === 0) return undefined;
  return before.cost === after.cost ? `${money(after.cost)} as before` : `${money(before.cost)} → ${money(after.cost)}`;
}

/** Undefined where it stays the same. */
export function residencyText({ before, after }: Change): string | undefined {
  const [was, is] = [before, after].map(({ residencies }) => residencies.join(", ") || "nobody asked");
  return was === is ? undefined : `${was} → ${is}`;
}

function money(nanoDollars: number): string {
  return spell({ kind: "money", value: nanoDollars });
}

/** `model small: price.input $0.10 → $0.15`. */
export function besideText({ kind, name, field, before, after }: Beside): string {
  const subject = `${kind} ${name}`.trim();
  if (field === "") return `${subject}: ${before === undefined ? "added" : "removed"}`;
  return `${subject}: ${field} ${valueText(kind, field, before)} → ${valueText(kind, field, after)}`;
}

/** Fields that are money or time by their last part, or by what they are a field of. */
const MONEY = /^(price\..*|source\.price)$/;
const DURATIONS: ReadonlySet<string> = new Set(["timeout", "idle", "deadline", "rest", "window", "for"]);
/** A value longer than this is cut. */
const LONGEST = 60;

function valueText(kind: Beside["kind"], field: string, value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value === "string") return cut(value);
  if (typeof value !== "number") return cut(JSON.stringify(value));
  const amount =
    MONEY.test(field) || (kind === "budget" && field === "limit") || (kind === "commit" && field === "spend");
  if (amount) return money(value);
  return DURATIONS.has(field.split(".").at(-1) ?? "") ? spell({ kind: "duration", value }) : String(value);
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
