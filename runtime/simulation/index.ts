/** Policies on virtual time, against simulated providers: what tests, simulations and replays of traffic run on. */

export { type WindowAt, windowAt } from "../ledger/calendar.ts";
export { SignalError } from "../signals/signal-error.ts";
export { load, type Policy } from "../table/index.ts";
export { type AnswerFacts, type Asked, contradiction, OUTPUT_TOKENS } from "./answer.ts";
export { type VirtualClock, virtualClock } from "./clock.ts";
export { add, removeFirst } from "./heap.ts";
export { ownerOf, type Place, partPlace, placeOfPlan, placeOfRule } from "./places.ts";
export { seededRandom } from "./random.ts";
export { momentOf, type SimulatedRequest, usual } from "./request.ts";
export { localSignals } from "./signals.ts";
export { createSimulation, MissingSignal, type Simulation, type SimulationOptions, simulator } from "./simulation.ts";
export * from "./trace.ts";
export { type Behaviour, LATENCY, type Meeting, type Spell, type World } from "./world.ts";
