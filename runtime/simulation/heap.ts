/** A binary heap in an array, its first entry before all others. */

type Before<T> = (a: T, b: T) => boolean;

export function add<T>(heap: T[], entry: T, isBefore: Before<T>): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const above = (at - 1) >>> 1;
    const parent = heap[above] as T;
    if (!isBefore(entry, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

export function removeFirst<T>(heap: T[], isBefore: Before<T>): T | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const least = right < heap.length && isBefore(heap[right] as T, heap[left] as T) ? right : left;
    if (!isBefore(heap[least] as T, last)) break;
    heap[at] = heap[least] as T;
    at = least;
  }
  heap[at] = last;
  return first;
}
