/** What a plan has under way: calls, and waits between them. */
import { append } from "./append.ts";
import type { Clock } from "./doors.ts";
import type { Frame } from "./frames.ts";

export interface Activity {
  /** Where in the plan it stands. */
  readonly frame: Frame | undefined;
  /** Nothing comes of it any more. Harmless when it is over. */
  cancel(): void;
  /** The reader can take more. */
  resume(): void;
}

/** Everything under way at one time: mostly one call, more only in hedges. */
export class Activities {
  #all: Activity[] = [];

  add(activity: Activity): void {
    this.#all = append(this.#all, activity);
  }

  /** It is over. */
  remove(activity: Activity): void {
    const at = this.#all.indexOf(activity);
    if (at >= 0) this.#all.splice(at, 1);
  }

  /** Cancels it. */
  drop(activity: Activity): void {
    this.remove(activity);
    activity.cancel();
  }

  /** Waits; the wait is over when `then` is called. */
  wait(clock: Clock, milliseconds: number, frame: Frame | undefined, then: () => void): Activity {
    const timer = clock.after(milliseconds, () => {
      this.remove(activity);
      then();
    });
    const activity: Activity = { frame, cancel: () => timer.cancel(), resume: () => {} };
    this.add(activity);
    return activity;
  }

  /** Awaits: `then` takes what comes, and `late` what comes when nobody waits any more. */
  await<T>(
    promise: PromiseLike<T>,
    frame: Frame | undefined,
    then: (value: T) => void,
    late: (value: T) => void,
  ): Activity {
    let isAwaited = true;
    const cancel = (): void => {
      isAwaited = false;
    };
    const activity: Activity = { frame, cancel, resume: () => {} };
    this.add(activity);
    void promise.then((value) => {
      if (!isAwaited) {
        late(value);
        return;
      }
      this.remove(activity);
      then(value);
    });
    return activity;
  }

  /** Cancels all of which `which` is true. */
  cancel(which: (activity: Activity) => boolean = () => true): void {
    for (const activity of this.#all.filter(which)) this.drop(activity);
  }

  resume(): void {
    for (const activity of this.#all) activity.resume();
  }
}
