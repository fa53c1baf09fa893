/** The events of a whole stream that is in memory (server-sent events: WHATWG HTML, section 9.2). */

export interface StreamEvent {
  /** As it came, with the blank line behind it. */
  readonly raw: string;
  readonly data: string;
}

/** All that lies behind the last blank line is an event too. */
export function eventsOf(body: Buffer): readonly StreamEvent[] {
  const raws = body.toString().match(/[\s\S]+?(?:\r?\n\r?\n|$)/g) ?? [];
  return raws.map((raw) => {
    const lines = raw.split(/\r?\n/).filter((line) => line.startsWith("data:"));
    return { raw, data: lines.map((line) => line.slice(line[5] === " " ? 6 : 5)).join("\n") };
  });
}
