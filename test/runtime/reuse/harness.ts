/** Requests, and answers to keep. */
import type { KeptAnswer } from "../../../runtime/reuse/index.ts";
import type { ReuseRequest } from "../../../runtime/reuse/reuse.ts";
import { chatCompletion, chatEvents } from "../../support/fake-provider.ts";

export const LIFETIME = 300_000;

export function request(
  more: Partial<ReuseRequest> = {},
  body: object = { model: "chat", messages: [] },
): ReuseRequest {
  return {
    body: Buffer.from(JSON.stringify(body)),
    stream: false,
    kind: "chat",
    policy: "sha256:00",
    rule: "chat:0",
    scope: { by: "caller", key: "key-1" },
    headers: [],
    clientHeaders: [],
    lifetime: LIFETIME,
    ...more,
  };
}

export const WHOLE = Buffer.from(JSON.stringify(chatCompletion("Hello.")));

export function streamOf(...events: readonly string[]): Buffer[] {
  return events.map((event) => Buffer.from(`data: ${event}\n\n`));
}

export const STREAM: readonly Buffer[] = streamOf(...chatEvents("Hello there."));

export function kept(body = "x", more: Partial<KeptAnswer> = {}): KeptAnswer {
  return {
    decision: "m1x-0",
    model: "small",
    from: 0,
    until: 1e15,
    headers: ["content-type", "application/json"],
    body: Buffer.from(body),
    ends: [],
    ...more,
  };
}
