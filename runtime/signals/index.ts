/** What is computed from a request when its decision needs it. */
export { localSignal } from "./local.ts";
export { loadSignalModules, type SignalInput, type SignalModule, type SignalModules } from "./module.ts";
export {
  type Signalling,
  type SignalOptions,
  type SignalRecord,
  type SignalRunner,
  signalRunner,
  type Wanted,
} from "./runner.ts";
export { SignalError } from "./signal-error.ts";
export type { SignalRequest } from "./source.ts";
export { type MessageText, type RequestTexts, textsOf } from "./texts.ts";
