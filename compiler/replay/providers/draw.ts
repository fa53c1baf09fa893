/** Chance that hangs on what is drawn for and on nothing else: two policies that ask one model of one request meet the same. */

/** Uniform in [0, 1): the finalizer of MurmurHash3 (Austin Appleby, public domain) over four numbers. */
export function draw(seed: number, request: number, subject: number, turn: number): number {
  let bits = seed | 0;
  for (const each of [request, subject, turn]) {
    bits = Math.imul(bits ^ each, 0x85ebca6b);
    bits ^= bits >>> 13;
    bits = Math.imul(bits, 0xc2b2ae35);
    bits ^= bits >>> 16;
  }
  return (bits >>> 0) / 2 ** 32;
}

/** A number that stands for a name (FNV-1a). */
export function numberOf(name: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) bits = Math.imul(bits ^ name.charCodeAt(index), 0x01000193);
  return bits;
}
