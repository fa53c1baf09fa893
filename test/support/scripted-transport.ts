/** A transport in memory and on virtual time: each call does what a script says, and tells what was done to it. */
import type { Clock, RawHeaders, Transport, UpstreamCall, UpstreamEvents } from "../../runtime/plan/index.ts";
import { chatCompletion, chatEvents, errorBody } from "./fake-provider.ts";

/** What a provider does, step by step; each step is `after` milliseconds later than the one before. */
export type Script = readonly { readonly after: number; readonly tell: (events: UpstreamEvents) => void }[];

export interface ScriptedCall {
  readonly call: UpstreamCall;
  /** The id of the key that it was counted for, where they are counted. */
  readonly key: string | undefined;
  aborted: boolean;
  /** Its end or its failure was told. */
  ended: boolean;
  paused: boolean;
}

export interface ScriptedTransport extends Transport {
  readonly calls: readonly ScriptedCall[];
}

export function scriptedTransport(
  clock: Clock,
  scriptOf: (call: UpstreamCall, index: number) => Script,
): ScriptedTransport {
  const calls: ScriptedCall[] = [];
  return {
    calls,
    send(call, events, key) {
      const record: ScriptedCall = { call, key: key?.id, aborted: false, ended: false, paused: false };
      const told: UpstreamEvents = {
        head: (status, headers) => events.head(status, headers),
        data: (chunk) => events.data(chunk),
        end() {
          record.ended = true;
          events.end();
        },
        fail(failure, detail, left) {
          record.ended = true;
          events.fail(failure, detail, left);
        },
      };
      const steps = [...scriptOf(call, calls.length)];
      calls.push(record);
      let underWay = false;
      const next = (): void => {
        const step = underWay ? undefined : steps.shift();
        if (step === undefined) return;
        underWay = true;
        clock.after(step.after, () => {
          underWay = false;
          if (record.paused) steps.unshift({ ...step, after: 0 });
          else if (!record.aborted) {
            step.tell(told);
            next();
          }
        });
      };
      next();
      return {
        abort: () => {
          record.aborted = true;
        },
        pause: () => {
          record.paused = true;
        },
        resume: () => {
          record.paused = false;
          next();
        },
      };
    },
    async close() {},
  };
}

/** An answer of that status and body. */
export function answer(
  body: object | string = chatCompletion("Hello."),
  status = 200,
  headers: RawHeaders = [],
): Script {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return steps(
    (events) => events.head(status, headers),
    (events) => events.data(Buffer.from(text)),
    (events) => events.end(),
  );
}

/** An error answer. */
export function failing(status: number, code: string | null = null, headers: RawHeaders = []): Script {
  return answer(errorBody(code), status, headers);
}

/** A stream of the given events, each in a chunk of its own. */
export function stream(events: readonly string[] = chatEvents("Hello there.", { includeUsage: true })): Script {
  return [...streamHead(), ...streamEvents(events), ...steps((told) => told.end())];
}

export function streamHead(): Script {
  return steps((events) => events.head(200, ["content-type", "text/event-stream"]));
}

export function streamEvents(events: readonly string[]): Script {
  return steps(...events.map((event) => (told: UpstreamEvents) => told.data(Buffer.from(`data: ${event}\n\n`))));
}

/** The connection breaks; `left` is false when it was never made. */
export function breaks(left = true): Script {
  return steps((events) => events.fail("unreachable", "socket closed", left));
}

/** Nothing ever comes. */
export const silence: Script = [];

/** Nothing comes for so long. */
export function wait(milliseconds: number): Script {
  return [{ after: milliseconds, tell: () => {} }];
}

export function steps(...tells: readonly ((events: UpstreamEvents) => void)[]): Script {
  return tells.map((tell) => ({ after: 0, tell }));
}
