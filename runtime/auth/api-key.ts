/** API keys: random texts that are stored as their SHA-256 alone. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyEntry } from "./settings.ts";

/**
 * A new key: `rk_` and 256 random bits in base64url. So long a random text needs no slow hash: there is nothing to
 * guess at.
 */
export function newKey(): string {
  return `rk_${randomBytes(32).toString("base64url")}`;
}

/** SHA-256 of a key, in hexadecimal, as configurations hold it. */
export function hashKey(key: string): string {
  return hash("sha256", key, "hex");
}

/** Hexadecimal digits of a hash by which entries are found, and of all of it. */
const PREFIX = 8;
const DIGITS = 64;

interface Known {
  readonly digits: Buffer;
  readonly entry: KeyEntry | undefined;
}

/**
 * Finds a key's entry in time that does not depend on how much of a hash is right: entries are found by the first 32
 * bits of it, which tell nothing of the key, and the whole is compared in constant time, with a stand-in where there is
 * nothing to compare with.
 */
export function keyFinder(entries: readonly KeyEntry[]): (key: string) => KeyEntry | undefined {
  const known = Map.groupBy(
    entries.map((entry): Known => ({ digits: Buffer.from(entry.sha256, "latin1"), entry })),
    ({ entry }) => entry?.sha256.slice(0, PREFIX),
  );
  const standIn: readonly Known[] = [{ digits: randomBytes(DIGITS), entry: undefined }];
  const digits = Buffer.alloc(DIGITS);
  return (key) => {
    // As text: Node makes a buffer of a hash three times as slowly.
    const sha256 = hashKey(key);
    digits.write(sha256, "latin1");
    let found: KeyEntry | undefined;
    for (const candidate of known.get(sha256.slice(0, PREFIX)) ?? standIn) {
      if (timingSafeEqual(candidate.digits, digits)) found = candidate.entry;
    }
    return found;
  };
}
