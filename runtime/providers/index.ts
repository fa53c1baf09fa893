/** The transport of production: every provider of a table over the protocol that it speaks. */
import type { Transport } from "../plan/doors.ts";
import type { DecisionTable, Provider } from "../table/index.ts";
import { bridgeTransport, packageOf } from "./bridge/index.ts";
import { conformingTransport } from "./conform.ts";
import { type DispatchOptions, dispatchTransport } from "./dispatch.ts";
import { type Environment, endpoints } from "./endpoint.ts";
import { simulatedTransport } from "./simulated.ts";
import { messagesTransport } from "./translate.ts";

export { PackageError } from "./bridge/index.ts";
export type { DispatchOptions } from "./dispatch.ts";
export { EndpointError, UnsetEnvironmentError } from "./endpoint.ts";

export interface TransportOptions extends DispatchOptions {
  /** Where the table's environment texts (urls, keys) are looked up. */
  readonly env: Environment;
}

/**
 * Opens the transport to all providers of `table`. Connections are made when the first call needs them. Throws
 * `UnsetEnvironmentError`, `EndpointError` and `PackageError`.
 */
export async function createTransport(table: DecisionTable, options: TransportOptions): Promise<Transport> {
  const bridged = table.providers.filter((provider) => packageOf(provider) !== undefined);
  const remote = table.providers.filter((each) => each.protocol !== "simulated" && !bridged.includes(each));
  const simulated = simulatedTransport();
  if (remote.length + bridged.length === 0) return simulated;
  const dispatch = await dispatchTransport(endpoints(remote, options.env), options);
  const closed = async (error: unknown): Promise<never> => {
    await dispatch.close();
    throw error;
  };
  const bridge = bridged.length === 0 ? undefined : await bridgeTransport(bridged, options.env, options).catch(closed);
  const { clock = Date } = options;
  const messages = messagesTransport(dispatch, () => clock.now());
  const carrierOf = (provider: Provider): Transport => {
    const { protocol, quirks } = provider;
    if (protocol === "simulated") return simulated;
    if (bridge !== undefined && packageOf(provider) !== undefined) return bridge;
    if (protocol === "anthropic") return messages;
    return quirks === undefined ? dispatch : conformingTransport(dispatch, quirks);
  };
  const carriers = new Map(table.providers.map((provider) => [provider.name, carrierOf(provider)]));
  return {
    send: (call, events, key) => (carriers.get(call.provider.name) ?? dispatch).send(call, events, key),
    resting: (model) => carriers.get(model.provider)?.resting?.(model),
    keys: (model) => carriers.get(model.provider)?.keys?.(model) ?? [],
    async close() {
      await Promise.all([dispatch.close(), bridge?.close()]);
    },
  };
}
