/** Draws by shares: random ones, and sticky ones that fall the same way wherever and whenever they are made. */
import { hash } from "node:crypto";
import type { Value } from "../table/index.ts";
import type { Draw } from "./linked.ts";

/**
 * A draw among sides with these shares, in written order. With `by`, the index of an attribute, it is sticky, by `name`
 * and the attribute's value; where the request has no such value it is random.
 */
export function drawBy(shares: readonly number[], name: string, by: number | undefined): Draw {
  return (request, random) => {
    const value = by === undefined ? undefined : request.attribute?.(by);
    return sideAt(shares, value === undefined ? random() : stickyPoint(name, value));
  };
}

/**
 * A point in [0, 1): the first 53 bits of the SHA-256 of `name`, a NUL and `value` as text, in UTF-8. This is for good:
 * another hash would send everybody elsewhere.
 */
export function stickyPoint(name: string, value: Value): number {
  const bits = BigInt(`0x${hash("sha256", `${name}\0${value}`).slice(0, 16)}`) >> 11n;
  return Number(bits) / 2 ** 53;
}

/** The side at `point`: a changed share moves only what lies between its old and its new end. */
export function sideAt(shares: readonly number[], point: number): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let end = 0;
  for (const [index, share] of shares.entries()) {
    end += share;
    if (point * total < end) return index;
  }
  return shares.length - 1;
}
