/**
 * Metrics as text, for Prometheus: its format 0.0.4, or OpenMetrics 1.0.0 for who asks for it. They differ in where
 * `_total` stands and in how the text ends.
 */
import type { Labels } from "./families.ts";

export type MetricsFormat = "prometheus" | "openmetrics";

export const CONTENT_TYPE: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The format that an `Accept` header prefers; the older one where it does not say. */
export function formatFor(accept: string | undefined): MetricsFormat {
  let [plain, open] = [-1, -1];
  for (const range of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const quality = Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1);
    if (type === "application/openmetrics-text") open = Math.max(open, quality);
    else if (type === "text/plain" || type === "text/*" || type === "*/*") plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain ? "openmetrics" : "prometheus";
}

/** A metric with the series that have a value. */
export interface Metric {
  /** Without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Labels;
  /** Of a histogram the sum of what was observed. */
  readonly value: number;
  /** Of a histogram: each bucket's upper bound and how many lie at or below it, the last bound being infinity. */
  readonly buckets?: readonly (readonly [bound: number, count: number])[];
}

/** The text of `metrics`; those without a sample are left out. */
export function exposition(metrics: readonly Metric[], format: MetricsFormat): string {
  const text = metrics.filter(({ samples }) => samples.length > 0).map((metric) => family(metric, format));
  return text.join("") + (format === "openmetrics" ? "# EOF\n" : "");
}

function family({ name, help, kind, samples }: Metric, format: MetricsFormat): string {
  const total = kind === "counter" ? `${name}_total` : name;
  const title = format === "openmetrics" ? name : total;
  const lines = [`# HELP ${title} ${escapedHelp(help)}`, `# TYPE ${title} ${kind}`];
  for (const { labels, value, buckets } of samples) {
    if (buckets === undefined) {
      lines.push(`${total}${labelled(labels)} ${number(value)}`);
      continue;
    }
    for (const [bound, count] of buckets) {
      lines.push(`${name}_bucket${labelled([...labels, "le", boundText(bound)])} ${count}`);
    }
    lines.push(`${name}_sum${labelled(labels)} ${number(value)}`);
    lines.push(`${name}_count${labelled(labels)} ${buckets.at(-1)?.[1] ?? 0}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelled(labels: Labels): string {
  const pairs: string[] = [];
  for (let index = 0; index < labels.length; index += 2) {
    pairs.push(`${labels[index]}="${escapedLabel(labels[index + 1] ?? "")}"`);
  }
  return pairs.length === 0 ? "" : `{${pairs.join()}}`;
}

function number(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "+Inf" : String(value);
}

/** As OpenMetrics wants bounds, so that a series has one name in both formats. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : number(bound);
}

function escapedLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}

function escapedHelp(text: string): string {
  return text.replace(/[\\\n]/g, (character) => (character === "\n" ? "\\n" : "\\\\"));
}
