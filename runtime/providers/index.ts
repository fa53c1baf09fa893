/** The transport of production: every provider of a table over the protocol that it speaks. */
import type { Transport } from "../plan/doors.ts";
import type { DecisionTable, Provider } from "../table/index.ts";
import { conformingTransport } from "./conform.ts";
import { type DispatchOptions, dispatchTransport } from "./dispatch.ts";
import { type Environment, endpoints } from "./endpoint.ts";
import { simulatedTransport } from "./simulated.ts";
import { messagesTransport } from "./translate.ts";

export type { DispatchOptions } from "./dispatch.ts";
export { EndpointError, UnsetEnvironmentError } from "./endpoint.ts";

export interface TransportOptions extends DispatchOptions {
  /** Where the table's environment texts (urls, keys) are looked up. */
  readonly env: Environment;
}

/**
 * Opens the transport to all providers of `table`. Connections are made when the first call needs them. Throws
 * `UnsetEnvironmentError` and `EndpointError`.
 */
export async function createTransport(table: DecisionTable, options: TransportOptions): Promise<Transport> {
  const remote = table.providers.filter(({ protocol }) => protocol !== "simulated");
  const simulated = simulatedTransport();
  if (remote.length === 0) return simulated;
  const dispatch = await dispatchTransport(endpoints(remote, options.env), options);
  const { clock = Date } = options;
  const messages = messagesTransport(dispatch, () => clock.now());
  const carrierOf = ({ protocol, quirks }: Provider): Transport => {
    if (protocol === "simulated") return simulated;
    if (protocol === "anthropic") return messages;
    return quirks === undefined ? dispatch : conformingTransport(dispatch, quirks);
  };
  const carriers = new Map(table.providers.map((provider) => [provider.name, carrierOf(provider)]));
  return {
    send: (call, events) => (carriers.get(call.provider.name) ?? dispatch).send(call, events),
    ...(dispatch.resting && { resting: dispatch.resting }),
    close: () => dispatch.close(),
  };
}
