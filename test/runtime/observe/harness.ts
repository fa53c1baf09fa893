/** Records of requests, as the exchange would write them, and a log on virtual time. */
import type { Attempt, DecisionRecord } from "../../../runtime/observe/observer.ts";
import type { Attribute, Meter, Model } from "../../../runtime/table/index.ts";
import { model, provider } from "../../support/table.ts";

export const ATTRIBUTES: readonly Attribute[] = [
  { name: "tier", type: { kind: "enum", members: ["free", "pro"] }, source: { from: "header", at: "x-tier" } },
  { name: "prompt", type: { kind: "string" }, source: { from: "builtin" } },
  { name: "first", type: { kind: "string" }, source: { from: "body", at: "/messages/0/content" } },
  { name: "spend", type: { kind: "money" }, source: { from: "header", at: "x-spend" } },
  { name: "hard", type: { kind: "bool" }, source: { from: "signal" } },
  { name: "month.used", type: { kind: "percent" }, source: { from: "state", of: "month", read: "used" } },
  { name: "cap.used", type: { kind: "money" }, source: { from: "state", of: "cap", read: "spent" } },
];

const METERS: readonly Meter[] = [
  { kind: "budget", name: "cap", per: [], on: [], limit: 8_000_000_000, window: "day", alerts: [] },
];

export const MODEL: Model = model("small", "somebody");

export function attempt(more: Partial<Attempt> = {}): Attempt {
  return {
    model: MODEL,
    provider: provider("somebody", "http://localhost/v1"),
    purpose: "answer",
    retry: 0,
    stream: false,
    sent: 1_000,
    content: 120,
    milliseconds: 340,
    end: "complete",
    failure: undefined,
    status: 200,
    input: 9,
    output: 4,
    cost: 58_000,
    ...more,
  };
}

/** A request that was answered at once. */
export function record(more: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    decision: "m1x-0",
    time: 1_000,
    firstContent: 121,
    milliseconds: 342.0004,
    policy: "sha256:00",
    outcome: "answered",
    status: 200,
    stream: false,
    asked: "chat",
    route: "chat",
    rule: "chat:1",
    key: undefined,
    attributes: ATTRIBUTES,
    values: [],
    meters: METERS,
    signals: [],
    model: "small",
    calls: [attempt()],
    failures: [],
    reused: undefined,
    fault: undefined,
    texts: undefined,
    ...more,
  };
}
