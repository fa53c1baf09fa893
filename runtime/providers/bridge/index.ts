/**
 * Providers that speak a dialect of their own, through the AI SDK's packages: one bridge for all of them. A package is
 * loaded only where a policy names who needs it.
 */
import { bridgedRequest } from "../../dialects/bridge/index.ts";
import { DialectError } from "../../dialects/index.ts";
import type { Transport, UpstreamCall } from "../../plan/doors.ts";
import type { Provider } from "../../table/index.ts";
import { type DispatchOptions, restOf, unsent } from "../dispatch.ts";
import { EndpointError, type Environment, Texts } from "../endpoint.ts";
import { ringOf, type SourcedRing } from "../key-files.ts";
import type { Key } from "../keys.ts";
import { refused } from "../translate.ts";
import { type Bridge, BridgedCall } from "./call.ts";
import { agentOver, bridgeFetch, type FetchAgent } from "./fetch.ts";
import { checkVersion, factoryOf, type PackageProvider, packageOf, settingsOf } from "./packages.ts";

export { PackageError, packageOf } from "./packages.ts";

export interface BridgeOptions extends DispatchOptions {
  /** What requests are made over; real connections when not given. */
  readonly agent?: FetchAgent;
  /** What a key is; one that rests when it is asked to when not given. */
  readonly key?: typeof Key<PackageProvider>;
}

/** A transport to providers by their packages. Throws `PackageError`, `UnsetEnvironmentError` and `EndpointError`. */
export async function bridgeTransport(
  providers: readonly Provider[],
  env: Environment,
  options: BridgeOptions = {},
): Promise<Transport> {
  const { clock = Date } = options;
  const fetch = bridgeFetch(options.agent ?? (await agentOver(options)));
  const texts = new Texts(env);
  const bridges = new Map<string, Bridge>();
  const settings = providers.map((provider) => {
    const name = packageOf(provider) ?? "";
    return { provider, name, ...settingsOf(provider, texts, name) };
  });
  texts.refuseUnset();
  const rings: SourcedRing<PackageProvider>[] = [];
  for (const { provider, name, common, keys } of settings) {
    const create = await factoryOf(provider, name);
    const carry = (apiKey?: string): PackageProvider => {
      const opened = create({ ...common, ...(apiKey !== undefined && { apiKey }), fetch: fetch.fetch });
      const model = checked(provider, () => opened.languageModel("any"));
      checkVersion(provider, model);
      return opened;
    };
    const sourced = ringOf(keys, carry, options.key);
    rings.push(sourced);
    bridges.set(provider.name, { ring: sourced.ring, fetch, clock, billsApart: provider.protocol === "cohere" });
  }
  // Now that nothing can go wrong any more.
  const stops = rings.map((ring) => ring.watch(options.look));
  return {
    send(call, events, reserved) {
      const bridge = bridges.get(call.provider.name);
      if (bridge === undefined) throw new Error(`no package for provider \`${call.provider.name}\``);
      const request = call.endpoint === undefined ? requestOf(call) : undefined;
      if (request instanceof DialectError) return refused(events, "invalid", request.message);
      const key = bridge.ring.take(reserved, call.model.name, clock);
      if (key === undefined)
        return unsent(events, bridge.ring.resting(call.model.name, clock)?.failure ?? "rate_limited");
      const bridged = new BridgedCall(bridge, key, call, events, request?.dropped ?? []);
      void bridged.run(request);
      return bridged;
    },
    keys: ({ name, provider }) => bridges.get(provider)?.ring.inTurn(name, clock) ?? [],
    hasSpareKey: ({ name, provider }) => bridges.get(provider)?.ring.hasSpare(name, clock) ?? false,
    resting: ({ name, provider }) => restOf(bridges.get(provider)?.ring.resting(name, clock)),
    close() {
      for (const stop of stops) stop();
      return fetch.close();
    },
  };
}

function requestOf({ body, model }: UpstreamCall) {
  try {
    return bridgedRequest(JSON.parse(body.toString()), model.output);
  } catch (error) {
    if (error instanceof DialectError) return error;
    throw error;
  }
}

/** A package says what it lacks when a model is asked for. */
function checked<T>(provider: Provider, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new EndpointError(`provider \`${provider.name}\`: ${error instanceof Error ? error.message : error}`);
  }
}
