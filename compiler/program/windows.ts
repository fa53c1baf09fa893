/** How much of what in how long: allowances of providers, models and limits, and the windows of all meters. */
import type { Allowance, Provider, Window } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Allowance as AllowanceNode, Window as WindowNode } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import type { Block } from "./block.ts";
import type { ProgramFile } from "./program.ts";
import { PROTOCOLS } from "./protocols.ts";
import { didYouMean, type Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

const UNITS: readonly Allowance["unit"][] = ["requests", "tokens", "input tokens", "output tokens"];

const CALENDAR = ["minute", "hour", "day", "week", "month", "quarter", "year"] as const;

/** Of a sliding window, in milliseconds: below a second or above a leap year it is a slip of the unit. */
const SLIDING = [1_000, 366 * 86_400_000] as const;

/** Several, of which each unit and window stands once, in all and per key; those that are faulty are reported and left out. */
export function checkAllowances(nodes: readonly AllowanceNode[], file: ProgramFile, scope: Scope): Allowance[] {
  const seen = new Set<string>();
  return nodes.flatMap((node) => {
    const allowance = checkAllowance(node, file, scope);
    if (allowance === undefined) return [];
    const { unit, window, per = "" } = allowance;
    if (!seen.has(`${unit} ${window} ${per}`)) {
      seen.add(`${unit} ${window} ${per}`);
      return [allowance];
    }
    scope.report.error("RT2008", file.name, node.span, `how many ${unit} in that time is said already`);
    return [];
  });
}

/** Reports `per key` in the `allow` of a block, which belongs to a provider that has no key or to a model of it. */
export function refusePerKey(
  block: Block,
  { name, protocol }: Pick<Provider, "name" | "protocol">,
  file: string,
  report: Report,
): void {
  const value = block.field("allow")?.value;
  const keyed = value?.kind === "allow" ? value.allowances.find(({ per }) => per !== undefined) : undefined;
  if (keyed?.per === undefined) return;
  const whose = `provider \`${name}\``;
  if (PROTOCOLS[protocol].takes.includes("key"))
    report.error("RT2007", file, keyed.per.span, `${whose} does not state its \`key\`, by which this counts`, {
      help: 'name the environment variable of each key, such as `key env ["A", "B"]`, or leave `per key` out',
    });
  else
    report.error("RT2006", file, keyed.per.span, `${whose} of protocol \`${protocol}\` has no \`key\` to count by`, {
      help: "leave `per key` out: then it counts all calls",
    });
}

/** `60 requests per minute`; undefined when a part of it is faulty, after reporting. */
function checkAllowance(node: AllowanceNode, file: ProgramFile, scope: Scope): Allowance | undefined {
  const { report } = scope;
  const count = checkValue(node.count, { kind: "int" }, [1, LARGEST], file.name, report) as number | undefined;
  const unit = UNITS.find((known) => known === node.unit.text);
  if (unit === undefined)
    report.error(
      "RT2005",
      file.name,
      node.unit.span,
      `\`${node.unit.text}\` cannot be counted: expected ${UNITS.join(", ")}`,
      didYouMean(nearest(node.unit.text, UNITS)),
    );
  const window = checkWindow(node.window, file, scope);
  if (count === undefined || unit === undefined || window === undefined) return undefined;
  return { count, unit, window, ...(node.per !== undefined && { per: "key" }) };
}

/** What stands after `per`; undefined when it is faulty, after reporting. */
export function checkWindow(node: WindowNode, file: ProgramFile, { report }: Scope): Window | undefined {
  if (node.kind !== "word")
    return checkValue(node, { kind: "duration" }, SLIDING, file.name, report) as number | undefined;
  const found = CALENDAR.find((name) => name === node.text);
  if (found === undefined)
    report.error(
      "RT2005",
      file.name,
      node.span,
      `\`${node.text}\` is no window: expected ${CALENDAR.join(", ")}, or a duration such as \`3h\``,
      node.text === "key"
        ? { help: "`per key` stands behind the time: `60 requests per minute per key`" }
        : didYouMean(nearest(node.text, CALENDAR)),
    );
  return found;
}
