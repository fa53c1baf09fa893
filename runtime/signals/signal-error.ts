/** A signal of the table cannot be made: its weights, module or address will not do. The message names the signal. */
export class SignalError extends Error {
  override readonly name = "SignalError";
}
