/** Stopping a check that nobody waits for any more, such as that of a text that has changed again. */

/** Says that a check is to stop; it is asked often, and has to be quick. */
export type Interrupted = () => boolean;

/** A check was stopped before its end. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor() {
    super("the check was interrupted");
  }
}

/** Of the check that is running: one at a time, since no check waits for anything. */
let running: Interrupted | undefined;

/** Carries out a check that `mayContinue` ends as soon as it is `interrupted`. */
export function interruptible<T>(interrupted: Interrupted | undefined, check: () => T): T {
  const outer = running;
  running = interrupted;
  try {
    return check();
  } finally {
    running = outer;
  }
}

/**
 * Stands where much work is about to be done.
 * @throws {InterruptedError}
 */
export function mayContinue(): void {
  if (running?.() === true) throw new InterruptedError();
}
