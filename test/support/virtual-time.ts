/** Virtual time, as simulations have it. */
export { type VirtualClock, virtualClock } from "../../runtime/simulation/clock.ts";
