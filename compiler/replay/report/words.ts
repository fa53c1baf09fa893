/** Numbers, money and times as people read them. */

const NANO = 1e9;

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `$1,234.56`; three digits of less than a dollar. */
export function money(nano: number): string {
  const dollars = nano / NANO;
  if (dollars === 0 || Math.abs(dollars) >= 1)
    return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${Number(dollars.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 12 })}`;
}

export function share(part: number, whole: number): string {
  return whole === 0 ? "0.0%" : `${((part / whole) * 100).toFixed(1)}%`;
}

/** By how much something has changed: `+12.3%`. */
export function change(before: number, after: number): string {
  if (before === after) return "±0%";
  if (before === 0) return "new";
  const percent = ((after - before) / before) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)}%`;
}

/** The same in numbers: `−12`. */
export function more(before: number, after: number): string {
  const difference = after - before;
  if (difference === 0) return "±0";
  return `${difference < 0 ? "−" : "+"}${count(Math.abs(difference))}`;
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** `2026-03-02 11:30`, in a zone. */
export function moment(time: number, zone: string): string {
  return new Date(time).toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
}

export function plural(number: number, one: string, several = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : several}`;
}
