/** Arrivals from routec's own decision log. */
import { checkLine, LogLineError } from "../../../runtime/observe/read-line.ts";
import { type Arrival, LineError, type RecordedCall } from "./arrival.ts";

/** Undefined for a request that was never decided. Throws `LineError`. */
export function loggedArrival(given: object, line: number): Arrival | undefined {
  const logged = valid(given);
  if (logged.route === undefined || logged.rule === undefined) return undefined;
  const own = logged.attempts.filter((attempt) => attempt.for === undefined);
  const calls: RecordedCall[] = [];
  for (const { model, end, failure, first_ms: first, ms, input, output } of own) {
    // What was called off before its end says nothing of how it would have ended.
    if (end === "cancelled") continue;
    const declined = end === "complete" && logged.model !== undefined && logged.model !== model;
    calls.push({ model, failure, first, ms: ms ?? first ?? 0, input, output, declined });
  }
  const answering = calls.findLast(({ model, failure }) => model === logged.model && failure === undefined);
  const answered = answering ?? calls.findLast(({ output }) => output !== undefined);
  const signals = logged.signals ?? [];
  return {
    line,
    time: logged.time,
    model: logged.asked ?? logged.route,
    attributes: { stream: logged.stream, ...known(logged.attributes) },
    signals: Object.fromEntries(signals.map(({ name, value }) => [name, value])),
    texts: {},
    signalCosts: Object.fromEntries(signals.map(({ name, cost }) => [name, cost])),
    input: answered?.input,
    output: answered?.output,
    calls,
    identity: logged.reused ?? logged.id,
  };
}

function valid(given: object): ReturnType<typeof checkLine> {
  try {
    return checkLine(given, "");
  } catch (error) {
    throw error instanceof LogLineError ? new LineError(error.message.replace(/^: /, "")) : error;
  }
}

/** Without texts, of which only the length was logged, and the time of day, which virtual time tells. */
function known(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => typeof value !== "object" && !name.startsWith("time.")),
  );
}
