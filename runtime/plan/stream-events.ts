/** Events of streams that are in memory, whole or in pieces (server-sent events: WHATWG HTML, section 9.2). */

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

const LF = 0x0a;

/** The offset after the last blank line of a piece of a stream, or 0. */
export function lastEventEnd(bytes: Buffer): number {
  const last = bytes.length - 1;
  if (last > 0 && bytes[last] === LF && bytes[last - 1] === LF) return bytes.length;
  const plain = bytes.lastIndexOf("\n\n");
  const carriage = bytes.lastIndexOf("\n\r\n");
  return Math.max(plain < 0 ? 0 : plain + 2, carriage < 0 ? 0 : carriage + 3);
}
