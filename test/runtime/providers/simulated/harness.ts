/** Calls to one simulated provider. */
import type { Clock, UpstreamCall } from "../../../../runtime/plan/index.ts";
import { systemClock } from "../../../../runtime/plan/index.ts";
import { simulatedTransport } from "../../../../runtime/providers/simulated/index.ts";
import type { Model, Provider, Simulated } from "../../../../runtime/table/index.ts";
import { type VirtualClock, virtualClock } from "../../../support/virtual-time.ts";
import { type Conversation, callOf, chatRequest, converse } from "../harness.ts";

export interface Lab {
  readonly provider: Provider;
  /** Sends a chat completion request, or the body of another dialect. */
  send(request?: object, more?: Partial<UpstreamCall>): Conversation;
  /** The same, to its end. */
  ask(request?: object, more?: Partial<UpstreamCall>): Promise<Conversation>;
  /** As a stream. */
  stream(request?: object): Promise<Conversation>;
}

export async function lab(simulated: Simulated = {}, clock: Clock = systemClock(), model: Partial<Model> = {}) {
  const provider: Provider = { name: "lab", protocol: "simulated", simulated };
  const transport = await simulatedTransport(provider, clock);
  const send: Lab["send"] = (request = {}, more = {}) =>
    converse(transport, {
      provider,
      model: { ...callOf().model, provider: "lab", ...model },
      body: chatRequest(request),
      ...more,
    });
  const ask: Lab["ask"] = async (request, more) => {
    const talk = send(request, more);
    await talk.over;
    return talk;
  };
  const opened: Lab = { provider, send, ask, stream: (request) => ask({ stream: true, ...request }, { stream: true }) };
  return opened;
}

export interface TimedLab extends Lab {
  readonly clock: VirtualClock;
  /** Milliseconds until the first byte and the last of a call. */
  times(stream?: boolean): { readonly first: number; readonly last: number };
}

/** On virtual time. */
export async function timedLab(simulated: Simulated): Promise<TimedLab> {
  const clock = virtualClock();
  const opened = await lab(simulated, clock);
  return {
    ...opened,
    clock,
    times(stream = false) {
      const began = clock.elapsed();
      const talk = opened.send(stream ? { stream } : {}, { stream });
      while (talk.told.length === 0) clock.advance(1);
      const first = clock.elapsed() - began;
      while (!/^(end|fail)/.test(talk.told.at(-1) ?? "")) clock.advance(1);
      return { first, last: clock.elapsed() - began };
    },
  };
}
