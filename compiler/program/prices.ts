/** What a model costs: `price free`, `price { … }`, and `price during … { … }` for hours of the day. */
import type { Price, PricePeriod } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Field, PriceBlock, Span } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import type { Block } from "./block.ts";
import { didYouMean, type Report } from "./report.ts";
import { checkValue } from "./values.ts";
import { isZone, reportZone } from "./zone.ts";

type Rates = Pick<Price, "input" | "output" | "cached" | "cache_write" | "cache_write_1h">;

const RATES = ["input", "output", "cached", "cache_write", "cache_write_1h"] as const;

const MINUTES = 24 * 60;

/** Whether a `price` stands beside others. */
export function isPeriod({ value }: Field): boolean {
  return value.kind === "prices" && value.during !== undefined;
}

/**
 * The price that a block states over the `usual` one, which the catalog states; undefined where there is none, after
 * reporting if the block is at fault.
 */
export function checkPrice(block: Block, usual: Price | undefined, file: string, report: Report): Price | undefined {
  const fields = block.all("price");
  const stated = fields.find((field) => !isPeriod(field));
  const base = stated === undefined ? usual : checkBase(stated, block, file, report);
  const periods = fields.flatMap(({ value }) => {
    if (value.kind !== "prices" || value.during === undefined) return [];
    const period = checkPeriod(value, value.during, file, report);
    return period === undefined ? [] : [{ period, span: value.during.span }];
  });
  checkOverlaps(periods, file, report);
  const first = fields.find(isPeriod);
  if (stated === undefined && first !== undefined && (base === undefined || base.tiers !== undefined)) {
    const why = base === undefined ? "is not known" : "depends on the size of the prompt";
    report.error("RT2007", file, first.name.span, `what it costs at other times ${why}`, {
      help: "state it too: `price { input $0.10, output $0.30 }`",
    });
    return undefined;
  }
  if (base === undefined || periods.length === 0) return base;
  return { ...base, during: periods.map(({ period }) => period) };
}

function checkBase(field: Field, block: Block, file: string, report: Report): Price | undefined {
  const { value } = field;
  if (value.kind === "word" && value.text === "free") return { input: 0, output: 0 };
  return value.kind === "prices"
    ? checkRates(value, file, report)
    : block.wrong(field, "`free`, or a block such as `{ input $0.10, output $0.30 }`");
}

function checkRates({ entries, span }: PriceBlock, file: string, report: Report): Rates | undefined {
  const rates = new Map<string, number>();
  // Also those that are misspelt or malformed.
  const stated = new Set<string>();
  for (const { name, value } of entries) {
    const { text } = name;
    const meant = (RATES as readonly string[]).includes(text) ? text : nearest(text, RATES);
    if (meant !== text)
      report.error(
        "RT2006",
        file,
        name.span,
        `a price has no \`${text}\`: expected ${RATES.join(", ")}`,
        didYouMean(meant),
      );
    else if (stated.has(text)) report.error("RT2008", file, name.span, `\`${text}\` is given twice`);
    else {
      const amount = checkValue(value, { kind: "money" }, [0, LARGEST], file, report);
      if (typeof amount === "number") rates.set(text, amount);
    }
    if (meant !== undefined) stated.add(meant);
  }
  const [input, output, cached, cacheWrite, cacheWriteLong] = RATES.map((name) => rates.get(name));
  if (input !== undefined && output !== undefined)
    return {
      input,
      output,
      ...(cached !== undefined && { cached }),
      ...(cacheWrite !== undefined && { cache_write: cacheWrite }),
      ...(cacheWriteLong !== undefined && { cache_write_1h: cacheWriteLong }),
    };
  const missing = ["input", "output"].filter((name) => !stated.has(name));
  if (missing.length > 0 && !report.hasErrorIn({ file, span }))
    report.error("RT2007", file, span, `the price of ${missing.join(" and ")} is missing`, {
      help: "both are per million tokens: `price { input $0.10, output $0.30 }`",
    });
  return undefined;
}

function checkPeriod(
  node: PriceBlock,
  { range, zone, span }: NonNullable<PriceBlock["during"]>,
  file: string,
  report: Report,
): PricePeriod | undefined {
  const [from, to] = [range.from, range.to].map(
    (value) => checkValue(value, { kind: "clock" }, [0, MINUTES - 1], file, report) as number | undefined,
  );
  const rates = checkRates(node, file, report);
  if (zone !== undefined && !isZone(zone.text)) {
    reportZone(zone.text, file, zone.span, report);
    return undefined;
  }
  if (from === undefined || to === undefined || rates === undefined) return undefined;
  if (from !== to) return { from, to, zone: zone?.text ?? "UTC", ...rates };
  report.error("RT2004", file, span, "this time ends when it begins, and the end is not part of it");
  return undefined;
}

/** That at no minute two prices hold. Of two zones that cannot be said, as one of them may have a summer time. */
function checkOverlaps(
  periods: readonly { readonly period: PricePeriod; readonly span: Span }[],
  file: string,
  report: Report,
): void {
  for (const [index, { period, span }] of periods.entries())
    for (const earlier of periods.slice(0, index)) {
      const related = [{ file, span: earlier.span, message: "the earlier one" }];
      if (earlier.period.zone !== period.zone)
        report.error(
          "RT2004",
          file,
          span,
          `\`${period.zone}\` is another zone than \`${earlier.period.zone}\`: the times of one price are told in one`,
          { related },
        );
      else if (overlap(period, earlier.period))
        report.error("RT2008", file, span, "at a part of this time another price holds already", { related });
      else continue;
      break;
    }
}

function overlap(a: PricePeriod, b: PricePeriod): boolean {
  return holdsAt(a, b.from) || holdsAt(b, a.from);
}

function holdsAt({ from, to }: PricePeriod, minute: number): boolean {
  return (minute - from + MINUTES) % MINUTES < (to - from + MINUTES) % MINUTES;
}
