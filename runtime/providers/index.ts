/** The transport of production: every provider of a table over the protocol that it speaks. */
import type { Clock, Transport } from "../plan/doors.ts";
import { systemClock } from "../plan/index.ts";
import type { DecisionTable, Provider } from "../table/index.ts";
import { bridgeTransport, packageOf } from "./bridge/index.ts";
import { conformingTransport } from "./conform.ts";
import { type DispatchOptions, dispatchTransport } from "./dispatch.ts";
import { type Environment, endpoints } from "./endpoint.ts";
import { simulatedTransport } from "./simulated/index.ts";
import { messagesTransport } from "./translate.ts";

export { PackageError } from "./bridge/index.ts";
export type { DispatchOptions } from "./dispatch.ts";
export { EndpointError, UnsetEnvironmentError } from "./endpoint.ts";

export interface TransportOptions extends DispatchOptions {
  /** Where the table's environment texts (urls, keys) are looked up. */
  readonly env: Environment;
  /** By what time keys rest and simulated providers answer; the system's when not given. */
  readonly clock?: Clock;
}

/**
 * Opens the transport to all providers of `table`. Connections are made when the first call needs them. Throws
 * `UnsetEnvironmentError`, `EndpointError` and `PackageError`.
 */
export async function createTransport(table: DecisionTable, options: TransportOptions): Promise<Transport> {
  const { clock = systemClock() } = options;
  const bridged = table.providers.filter((provider) => packageOf(provider) !== undefined);
  const simulated = table.providers.filter(({ protocol }) => protocol === "simulated");
  const remote = table.providers.filter((each) => !simulated.includes(each) && !bridged.includes(each));
  const carriers = new Map<string, Transport>();
  for (const provider of simulated) carriers.set(provider.name, await simulatedTransport(provider, clock));
  const dispatch = remote.length === 0 ? undefined : await dispatchTransport(endpoints(remote, options.env), options);
  const closed = async (error: unknown): Promise<never> => {
    await dispatch?.close();
    throw error;
  };
  const bridge = bridged.length === 0 ? undefined : await bridgeTransport(bridged, options.env, options).catch(closed);
  if (dispatch !== undefined)
    for (const provider of remote) carriers.set(provider.name, carrierOf(provider, dispatch, clock));
  if (bridge !== undefined) for (const { name } of bridged) carriers.set(name, bridge);
  return {
    send(call, events, key) {
      const carrier = carriers.get(call.provider.name);
      if (carrier === undefined) throw new Error(`no transport to provider \`${call.provider.name}\``);
      return carrier.send(call, events, key);
    },
    resting: (model) => carriers.get(model.provider)?.resting?.(model),
    hasSpareKey: (model) => carriers.get(model.provider)?.hasSpareKey?.(model) ?? false,
    keys: (model) => carriers.get(model.provider)?.keys?.(model) ?? [],
    async close() {
      await Promise.all([dispatch?.close(), bridge?.close()]);
    },
  };
}

/** How a provider is spoken to over a transport that carries bytes. */
function carrierOf({ protocol, quirks }: Provider, dispatch: Transport, clock: Clock): Transport {
  if (protocol === "anthropic") return messagesTransport(dispatch, () => clock.now());
  return quirks === undefined ? dispatch : conformingTransport(dispatch, quirks);
}
