import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holdPolicy } from "../../../runtime/proxy/policy-holder.ts";
import type { Policy } from "../../../runtime/table/index.ts";
import { onlyFirst } from "./harness.ts";

/** A policy told from others by its provider's address. */
const policy = (name: string): Policy => onlyFirst(`http://${name}.example.com`);

/** Opens policies as their hashes, and writes down what is opened and closed. */
async function held(refuse: (policy: Policy) => boolean = () => false) {
  const events: string[] = [];
  let now = 0;
  const first = policy("first");
  const holder = await holdPolicy(first, {
    clock: { now: () => ++now },
    async open(given) {
      if (refuse(given)) throw new Error("cannot be opened");
      events.push(`open ${given.table.hash}`);
      return given.table.hash;
    },
    async close(opened) {
      events.push(`close ${opened}`);
    },
  });
  return { holder, events, first };
}

describe("a policy in the place of another", () => {
  const second = policy("second");

  test("is what requests begin with from then on, and is told", async () => {
    const { holder, first } = await held();
    const told: string[] = [];
    holder.subscribe((after, before) => told.push(`${before.opened} -> ${after.opened}`));
    const replaced = await holder.replace(second);
    expect(holder.current).toBe(replaced);
    expect(replaced).toEqual({ policy: second, opened: second.table.hash, since: 2 });
    expect(told).toEqual([`${first.table.hash} -> ${second.table.hash}`]);
  });

  test("leaves the old one open until the last request that began with it has left", async () => {
    const { holder, events, first } = await held();
    const [one, two] = [holder.enter(), holder.enter()];
    await holder.replace(second);
    expect(one.opened).toBe(first.table.hash);
    holder.leave(one);
    expect(events.join()).not.toContain("close");
    holder.leave(two);
    expect(events).toEqual([`open ${first.table.hash}`, `open ${second.table.hash}`, `close ${first.table.hash}`]);
  });

  test("that cannot be opened changes nothing", async () => {
    const { holder, events, first } = await held((given) => given === second);
    const told: unknown[] = [];
    holder.subscribe((now) => told.push(now));
    await expect(holder.replace(second)).rejects.toThrow("cannot be opened");
    expect(holder.current.policy).toBe(first);
    expect(told).toEqual([]);
    expect(events).toHaveLength(1);
    await holder.replace(policy("third"));
    expect(told).toHaveLength(1);
  });

  test("may be the same one again: it is opened anew", async () => {
    const { holder, events, first } = await held();
    await holder.replace(first);
    const { hash } = first.table;
    expect(events).toEqual([`open ${hash}`, `open ${hash}`, `close ${hash}`]);
  });
});

describe("a policy that was prepared", () => {
  const second = policy("second");

  test("is open, and is served when it is taken", async () => {
    const { holder, first } = await held();
    const prepared = await holder.prepare(second);
    expect(holder.current.policy).toBe(first);
    expect(prepared.take()).toBe(holder.current);
    expect(holder.current.policy).toBe(second);
  });

  test("is closed when it is dropped: the one before goes on as it was opened", async () => {
    const { holder, events, first } = await held();
    await (await holder.prepare(second)).drop();
    expect(holder.current.policy).toBe(first);
    const [old, next] = [first.table.hash, second.table.hash];
    expect(events).toEqual([`open ${old}`, `open ${next}`, `close ${next}`]);
  });

  test("is closed with the holder, and can be taken no more", async () => {
    const { holder, events } = await held();
    const prepared = await holder.prepare(second);
    await holder.close();
    expect(() => prepared.take()).toThrow("routec is stopping");
    await prepared.drop();
    expect(events.filter((event) => event.startsWith("close"))).toHaveLength(2);
  });
});

test("replacements take effect in the order in which they were asked for", async () => {
  const gates = new Map<string, () => void>();
  const names = ["a", "b", "c"].map(policy);
  const first = policy("first");
  const holder = await holdPolicy<string>(first, {
    clock: { now: () => 0 },
    open: ({ table }) =>
      table === first.table
        ? Promise.resolve(table.hash)
        : new Promise((go) => gates.set(table.hash, () => go(table.hash))),
    close: async () => {},
  });
  const order: string[] = [];
  holder.subscribe((now) => order.push(now.opened));
  const all = Promise.all(names.map((each) => holder.replace(each)));
  for (const { table } of names) {
    // None is opened before the one before it has taken its place.
    await expect.poll(() => [...gates.keys()].at(-1)).toBe(table.hash);
    gates.get(table.hash)?.();
  }
  await all;
  expect(order).toEqual(names.map(({ table }) => table.hash));
});

describe("closing", () => {
  test("waits for all requests, of old policies too", async () => {
    const { holder, events } = await held();
    const old = holder.enter();
    await holder.replace(policy("second"));
    const now = holder.enter();
    let over = false;
    const closing = holder.close().then(() => {
      over = true;
    });
    holder.leave(old);
    expect(over).toBe(false);
    await expect(holder.replace(policy("third"))).rejects.toThrow("routec is stopping");
    holder.leave(now);
    await closing;
    expect(events.filter((event) => event.startsWith("close"))).toHaveLength(2);
  });

  test("says what could not be closed", async () => {
    const holder = await holdPolicy(policy("a"), {
      clock: { now: () => 0 },
      open: async () => 0,
      close: () => Promise.reject(new Error("stuck")),
    });
    await expect(holder.close()).rejects.toThrow("stuck");
  });
});

const any = policy("a");

test("whatever comes and goes in whatever order: each is closed once, and never under a request", async () => {
  const step = fc.constantFrom("enter", "leave first", "leave last", "replace", "refused");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const users = new Map<number, number>();
      const closed: number[] = [];
      let opened = 0;
      let refuse = false;
      const holder = await holdPolicy(any, {
        clock: { now: () => 0 },
        async open() {
          if (refuse) throw new Error("no");
          users.set(opened, 0);
          return opened++;
        },
        async close(which) {
          expect(users.get(which)).toBe(0);
          closed.push(which);
        },
      });
      const inside: ReturnType<typeof holder.enter>[] = [];
      const leave = (held: (typeof inside)[number] | undefined): void => {
        if (held === undefined) return;
        users.set(held.opened, (users.get(held.opened) ?? 0) - 1);
        holder.leave(held);
      };
      for (const step of steps) {
        if (step === "enter") {
          const held = holder.enter();
          expect(closed).not.toContain(held.opened);
          users.set(held.opened, (users.get(held.opened) ?? 0) + 1);
          inside.push(held);
        } else if (step === "leave first") leave(inside.shift());
        else if (step === "leave last") leave(inside.pop());
        else {
          refuse = step === "refused";
          await holder.replace(any).catch(() => {});
        }
      }
      for (const held of inside) leave(held);
      await holder.close();
      expect(closed.toSorted((a, b) => a - b)).toEqual([...users.keys()]);
    }),
  );
});
