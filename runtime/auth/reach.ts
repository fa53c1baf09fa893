/** Nothing listens beyond loopback without authentication unless told so in words. */

/** What was said of authentication: something that lets in some; in words, that all are let in; or nothing. */
export type Said = "some" | "all" | "nothing";

/**
 * Whether an address to listen on, as it was written, is certainly this machine's own: `localhost`, 127.0.0.0/8 and ::1.
 * A name that only resolves to one is not certain.
 */
export function isLoopbackAddress(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const v4 = address.replace(/^::ffff:/, "");
  return address === "localhost" || address === "::1" || /^127(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(v4);
}

/**
 * Why `host` may not be listened on, or undefined where it may: loopback always, others where callers are asked who
 * they are, or where it was said in words that they are not.
 */
export function whyNotListen(host: string, said: Said): string | undefined {
  if (isLoopbackAddress(host) || said !== "nothing") return undefined;
  return `listening on \`${host}\` would let in whoever reaches it: expected keys or token issuers in \`auth\`, or \`"auth": "none"\` to say in words that nobody is asked, or a loopback address`;
}

/** The same of the admin address, which has a token for all. */
export function whyNotListenAdmin(host: string, token: string | undefined): string | undefined {
  if (isLoopbackAddress(host) || token !== undefined) return undefined;
  return `listening on \`${host}\` would let whoever reaches it change the policy: expected a \`token\` of \`admin\`, or a loopback address`;
}
