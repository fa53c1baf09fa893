/**
 * A proxy without authentication answers whoever reaches it, and a page in a browser on the same machine does reach a
 * loopback address: by a request across sites, or under a name of its own that resolves to it (DNS rebinding). The
 * browser's `Origin` and `Host` give both away.
 */
import { RequestError } from "./errors.ts";

/** Whether a host name or address is this machine's own loopback. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/** Throws `RequestError` (403) when a request to a loopback address comes from elsewhere. */
export function checkLoopback(host: string | undefined, origin: string | undefined): void {
  if (host !== undefined && !isLoopback(host.replace(/:\d*$/, ""))) {
    throw new RequestError(
      403,
      `the host \`${host}\` is not this machine: without authentication only loopback is served`,
    );
  }
  if (origin !== undefined && !isLoopback(originHost(origin))) {
    throw new RequestError(
      403,
      `the origin \`${origin}\` is not this machine: without authentication only loopback is served`,
    );
  }
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}
