/**
 * Addresses that only this machine or this network can reach. A policy reaches them by naming them; a name of the public
 * internet that resolves to one of them is a mistake or an attack (server-side request forgery), and is not called.
 */
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** IANA's registries of special-purpose addresses (RFC 6890), as far as they are not globally reachable. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  PRIVATE.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(network, prefix, "ipv6");

/** Top-level names that no public name has: RFC 6761, 6762, 8375, ICANN's `internal`, and what networks use beside. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa|test|svc)$/;

/** Whether an IP address is one that the internet cannot reach. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Whether a url's host says by itself that it is private: an IP address (which is itself), or a private name. */
export function namesPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
  return isIP(host) !== 0 || !host.includes(".") || PRIVATE_NAME.test(host);
}

/** The code of the error of a name that resolves to a private address. */
export const PRIVATE_ADDRESS_CODE = "ROUTEC_PRIVATE_ADDRESS";

/** `dns.lookup`, or what stands for it. */
export type Lookup = (
  host: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family: number) => void,
) => void;

/** `resolve`, which is the system's, with an error for a name that it resolves to a private address. */
export function publicLookup(resolve: Lookup = lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, options, (error, found, family) => {
      const addresses = typeof found === "string" ? [found] : (found ?? []).map(({ address }) => address);
      const bad = error === null ? addresses.find(isPrivateAddress) : undefined;
      if (bad === undefined) callback(error, found, family);
      else callback(Object.assign(new Error(message(host, bad)), { code: PRIVATE_ADDRESS_CODE }), found, family);
    });
  };
}

function message(host: string, address: string): string {
  return `\`${host}\` resolves to the private address ${address}, which is reached only where its url names it`;
}
