/**
 * Reads Prometheus' text format 0.0.4 and OpenMetrics 1.0.0, by their specifications and strictly: what is out of order,
 * stated twice or inconsistent is an error.
 */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  /** Value by sample name and labels as they stand, such as `x_total{a="b"}`. */
  readonly samples: Map<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

export function parse(text: string, openMetrics: boolean): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line is not ended");
  if (openMetrics && lines.pop() !== "# EOF") throw new Error("no # EOF at the end");
  let current: { name: string; family: ParsedFamily } | undefined;
  let help: { name: string; text: string } | undefined;
  for (const line of lines) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (kind === "HELP") help = { name, text: rest };
      else {
        if (help?.name !== name) throw new Error(`${name} has a type and no help before it`);
        if (families.has(name)) throw new Error(`${name} comes twice`);
        if (!["counter", "gauge", "histogram"].includes(rest)) throw new Error(`\`${rest}\` is no type`);
        current = { name, family: { type: rest, help: help.text, samples: new Map() } };
        families.set(name, current.family);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null || current === undefined) throw new Error(`\`${line}\` is no sample`);
    const [, name = "", labels = "", value = ""] = sample;
    if (!namesOf(current.name, current.family.type, openMetrics).includes(name)) {
      throw new Error(`${name} stands under ${current.name}`);
    }
    checkLabels(labels);
    const key = labels === "" ? name : `${name}{${labels}}`;
    if (current.family.samples.has(key)) throw new Error(`${key} comes twice`);
    const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
    if (Number.isNaN(number)) throw new Error(`\`${value}\` is no value`);
    current.family.samples.set(key, number);
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

function namesOf(name: string, type: string, openMetrics: boolean): string[] {
  if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  return [type === "counter" && openMetrics ? `${name}_total` : name];
}

function checkLabels(text: string): void {
  const seen = new Set<string>();
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const at = LABEL.lastIndex;
    const label = LABEL.exec(text);
    if (label === null) throw new Error(`labels that cannot be read: ${text.slice(at)}`);
    if (seen.has(label[1] ?? "")) throw new Error(`the label ${label[1]} comes twice`);
    seen.add(label[1] ?? "");
  }
}

function checkHistogram(name: string, { samples }: ParsedFamily): void {
  const series = new Map<string, { bound: number; count: number }[]>();
  for (const [key, count] of samples) {
    const bucket = /^(\w+)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key);
    if (bucket === null) continue;
    const bound = bucket[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(bucket[3]);
    const before = series.get(bucket[2] ?? "") ?? [];
    const last = before.at(-1);
    if (last !== undefined && (bound <= last.bound || count < last.count)) throw new Error(`${key} falls`);
    series.set(bucket[2] ?? "", [...before, { bound, count }]);
  }
  for (const [labels, buckets] of series) {
    const last = buckets.at(-1);
    const set = labels === "" ? "" : `{${labels}}`;
    if (last?.bound !== Number.POSITIVE_INFINITY) throw new Error(`${name}${set} does not end at +Inf`);
    if (samples.get(`${name}_count${set}`) !== last.count)
      throw new Error(`${name}_count${set} is not its last bucket`);
    if (!samples.has(`${name}_sum${set}`)) throw new Error(`${name}${set} has no sum`);
  }
}
