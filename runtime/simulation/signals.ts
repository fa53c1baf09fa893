/** Signals that are computed in process, for simulated requests. */
import { localSignal } from "../signals/local.ts";
import { textsOf } from "../signals/texts.ts";
import type { Signal } from "../table/index.ts";
import { bodyOf } from "./request.ts";
import type { SimulationOptions } from "./simulation.ts";

/** Computes signals that ask nobody, from the request's `prompt` and `system`. Throws `SignalError` on weights that are none. */
export function localSignals(): NonNullable<SimulationOptions["compute"]> {
  const made = new Map<Signal, ReturnType<typeof localSignal>>();
  return (signal, request) => {
    if (!made.has(signal)) made.set(signal, localSignal(signal));
    return made.get(signal)?.(textsOf(bodyOf(request)));
  };
}
