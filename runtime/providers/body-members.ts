/** Members that a provider's `body` adds to each call. */

const OPENING = 0x7b;
/** An escape that spells a printable ASCII character, and so could hide a key. */
const ESCAPED_ASCII = /\\u00[2-7]/;

/** Adds members to a call's body, which is a JSON object and not empty: at its top level, in the place of its own. */
export type AddMembers = (body: Buffer) => Buffer;

/**
 * What adds `members`. They are the operator's word, so one that the request has too gives way. A body that has none of
 * them, which is nearly every one, is not parsed: its bytes stay as they are.
 */
export function addMembers(members: Readonly<Record<string, unknown>>): AddMembers {
  const keys = Object.keys(members).map((name) => Buffer.from(JSON.stringify(name)));
  if (keys.length === 0) return (body) => body;
  const front = Buffer.from(`${JSON.stringify(members).slice(0, -1)},`);
  return (body) => {
    if (keys.some((key) => body.includes(key)) || ESCAPED_ASCII.test(body.toString("latin1"))) {
      return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ...members }));
    }
    return Buffer.concat([front, body.subarray(body.indexOf(OPENING) + 1)]);
  };
}
