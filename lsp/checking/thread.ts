/** The thread that checks: one step, then a look at what was said meanwhile. */
import { readFileSync, realpathSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { InterruptedError } from "../../compiler/index.ts";
import { type Check, createCheck } from "./check.ts";
import type { Order, Sent, Told } from "./messages.ts";
import { createSender } from "./transfer.ts";

/** Milliseconds without a word after which somebody is thought to have stopped typing. */
const REST = 200;

/** What a thread is handed that is to check: this module may be bundled with others that start threads. */
interface Handed {
  readonly routec: "checks";
  /** How many messages it was sent: that there is another one must be seen in the midst of a step. */
  readonly sent: Int32Array;
}

export interface Thread {
  readonly worker: Worker;
  tell(told: Told): void;
}

export function startThread(): Thread {
  const sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const handed: Handed = { routec: "checks", sent };
  const worker = new Worker(new URL(import.meta.url), { workerData: handed, stdout: true, stderr: true });
  // That it waits for orders must not keep a server that is done from ending.
  worker.unref();
  return {
    worker,
    tell(told) {
      Atomics.add(sent, 0, 1);
      worker.postMessage(told);
    },
  };
}

interface Program {
  readonly check: Check;
  readonly send: ReturnType<typeof createSender>;
}

function serve(port: MessagePort, sent: Int32Array): void {
  const texts = new Map<string, string>();
  const fileSystem = {
    read: (path: string) => {
      const text = texts.get(path);
      return text === undefined ? readFileSync(path) : Buffer.from(text);
    },
    real: (path: string) => (texts.has(path) ? path : realpathSync(path)),
  };
  /** By the main file. */
  const programs = new Map<string, Program>();
  /** By the main file, the oldest first. */
  const orders = new Map<string, Order>();
  let heard = 0;
  let working = false;
  let wake: () => void = () => {};
  const isInterrupted = (): boolean => Atomics.load(sent, 0) !== heard;
  const say = (report: Sent): void => port.postMessage(report);

  function programOf(main: string): Program {
    const program = programs.get(main) ?? {
      check: createCheck(main, fileSystem, isInterrupted),
      send: createSender(),
    };
    programs.set(main, program);
    return program;
  }

  /** Until something is said, or nobody types any more. */
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, REST);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function carryOut(order: Order): Promise<void> {
    const { check, send } = programOf(order.main);
    const steps = check();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return say({ kind: "done", ...order, understanding: step.value && send(step.value) });
      if (typeof step.value === "object") say({ kind: "named", ...order, early: step.value });
      await setImmediate();
      if (step.value === "long") await rest();
      if (orders.get(order.main) !== order) return;
    }
  }

  async function work(): Promise<void> {
    working = true;
    for (let order = next(orders); order !== undefined; order = next(orders)) {
      try {
        await carryOut(order);
      } catch (error) {
        if (error instanceof InterruptedError) {
          while (isInterrupted()) await setImmediate();
          // The others first: it begins again from the start.
          const again = orders.get(order.main);
          orders.delete(order.main);
          if (again !== undefined) orders.set(order.main, again);
          continue;
        }
        say({ kind: "failed", ...order, message: error instanceof Error ? error.message : String(error) });
      }
      if (orders.get(order.main) === order) orders.delete(order.main);
    }
    working = false;
  }

  port.on("message", ({ overlays, order, forget }: Told) => {
    heard++;
    wake();
    for (const { path, text } of overlays) {
      if (text === undefined) texts.delete(path);
      else texts.set(path, text);
    }
    if (forget !== undefined) {
      programs.delete(forget);
      orders.delete(forget);
    }
    if (order === undefined) return;
    orders.set(order.main, order);
    if (!working) void work();
  });
}

function next(orders: ReadonlyMap<string, Order>): Order | undefined {
  const [first] = orders.values();
  return first;
}

const handed = workerData as Handed | undefined;
if (!isMainThread && parentPort !== null && handed?.routec === "checks") serve(parentPort, handed.sent);
