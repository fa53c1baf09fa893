/** Calls to providers that speak OpenAI's dialect in their own way: only what departs from it is read at all. */
import { ConformedStream, conformedAnswer, conformedError, conformedRequest, departures } from "../dialects/index.ts";
import { isObject, unlessTooDeep } from "../dialects/json.ts";
import type { Transport, UpstreamCall, UpstreamEvents } from "../plan/doors.ts";
import type { Quirks } from "../table/index.ts";
import { StreamedAnswer, WholeAnswer } from "./translate.ts";

/** The transport to a provider with these quirks, over one that carries bytes: that one itself where nothing is changed. */
export function conformingTransport(carrier: Transport, quirks: Quirks): Transport {
  const departs = departures(quirks);
  if (departs === undefined && quirks.answers !== true) return carrier;
  return {
    ...carrier,
    send(call, events, key) {
      if (call.endpoint !== undefined || call.dialect !== undefined) return carrier.send(call, events, key);
      const answer = quirks.answers === true ? conforming(call, events) : events;
      if (departs === undefined || !departs.test(call.body.toString("latin1"))) return carrier.send(call, answer, key);
      const { body, dropped } = unlessTooDeep(
        () => conformed(call, quirks),
        () => ({ body: call.body, dropped: [] }),
      );
      const control = carrier.send({ ...call, body }, answer, key);
      return { abort: () => control.abort(), pause: () => control.pause(), resume: () => control.resume(), dropped };
    },
  };
}

function conformed(call: UpstreamCall, quirks: Quirks): { readonly body: Buffer; readonly dropped: readonly string[] } {
  const { body, dropped } = conformedRequest(JSON.parse(call.body.toString()), quirks);
  return { body: Buffer.from(JSON.stringify(body)), dropped };
}

function conforming({ stream }: UpstreamCall, events: UpstreamEvents): UpstreamEvents {
  if (stream) return new StreamedAnswer(events, new ConformedStream(), conformedError);
  return new WholeAnswer(events, (value) => (isObject(value) ? conformedAnswer(value) : undefined), conformedError);
}
