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
import { KeyRing, type Keys } from "../keys.ts";
import { refused } from "../translate.ts";
import { type Bridge, BridgedCall } from "./call.ts";
import { agentOver, bridgeFetch, type FetchAgent } from "./fetch.ts";
import { checkVersion, factoryOf, packageOf, settingsOf } from "./packages.ts";

export { PackageError, packageOf } from "./packages.ts";

export interface BridgeOptions extends DispatchOptions {
  /** What requests are made over; real connections when not given. */
  readonly agent?: FetchAgent;
  /** How keys are used; each in turn when not given. */
  readonly keys?: Keys;
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
    return { provider, name, perKey: settingsOf(provider, texts, name) };
  });
  texts.refuseUnset();
  for (const { provider, name, perKey } of settings) {
    const create = await factoryOf(provider, name);
    const opened = perKey.map((own) => create({ ...own, fetch: fetch.fetch }));
    for (const one of opened)
      checkVersion(
        provider,
        checked(provider, () => one.languageModel("any")),
      );
    bridges.set(provider.name, {
      providers: opened,
      ring: options.keys ?? new KeyRing(opened.length),
      fetch,
      now: () => clock.now(),
      billsApart: provider.protocol === "cohere",
    });
  }
  return {
    send(call, events) {
      const bridge = bridges.get(call.provider.name);
      if (bridge === undefined) throw new Error(`no package for provider \`${call.provider.name}\``);
      const request = call.endpoint === undefined ? requestOf(call) : undefined;
      if (request instanceof DialectError) return refused(events, "invalid", request.message);
      const key = bridge.ring.next(call.model.name, clock.now());
      if (key === -1)
        return unsent(events, bridge.ring.resting(call.model.name, clock.now())?.failure ?? "rate_limited");
      const bridged = new BridgedCall(bridge, key, call, events, request?.dropped ?? []);
      void bridged.run(request);
      return bridged;
    },
    resting: ({ name, provider }) => restOf(bridges.get(provider)?.ring.resting(name, clock.now())),
    close: () => fetch.close(),
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
