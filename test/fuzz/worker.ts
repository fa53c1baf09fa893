/** Tries chunks of inputs, and makes small what fails. */
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { faultOf } from "./faults.ts";
import { input } from "./inputs.ts";
import { type Chunk, Current, type Failure, kindOf, type Outcome } from "./protocol.ts";

const current = new Current(workerData as SharedArrayBuffer);
/** One input in so many goes through the whole checker, which takes longer than the parser. */
const CHECKED = 8;

/** The kinds of fault that this worker has reported: a fault must not hide others, nor be reported a thousand times. */
const known = new Set<string>();

parentPort?.on("message", (chunk: Chunk) => parentPort?.postMessage(attempt(chunk)));

function attempt({ seed, inputs }: Chunk): Outcome {
  const failures: Failure[] = [];
  const property = fc.property(input, fc.nat({ max: CHECKED - 1 }), (text, dice) => {
    const found = fault(text, dice === 0);
    const kind = kindOf(found);
    if (found === undefined || kind === undefined || known.has(kind)) return;
    known.add(kind);
    failures.push(minimal({ text, fault: found }, dice === 0));
  });
  fc.assert(property, { seed, numRuns: inputs });
  return { tried: inputs, failures };
}

function fault(text: string, whole: boolean): string | undefined {
  current.text = text;
  return faultOf(text, whole);
}

/** What is left of a text when no piece can be taken out of it without the same kind of fault going away. */
function minimal(failure: Failure, whole: boolean): Failure {
  let smallest = failure;
  for (let size = failure.text.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.text.length; ) {
      const text = smallest.text.slice(0, at) + smallest.text.slice(at + size);
      const same = fault(text, whole);
      if (same !== undefined && kindOf(same) === kindOf(failure.fault)) smallest = { text, fault: same };
      else at += size;
    }
  }
  return smallest;
}
