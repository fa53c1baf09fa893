/**
 * A provider without a network. What is simulated is what is on the wire, in the dialect that it speaks: what translates to
 * a real provider and back is real.
 */
import type { Clock, Transport } from "../../plan/doors.ts";
import type { Provider } from "../../table/index.ts";
import { bridgeTransport } from "../bridge/index.ts";
import { NoKey } from "../keys.ts";
import { messagesTransport } from "../translate.ts";
import { simulatedAgent } from "./agent.ts";
import { type Network, networkTo } from "./network.ts";

/** What the package of each dialect that is spoken by one has to be told. */
const SETTINGS = {
  gemini: {},
  bedrock: { region: "us-east-1" },
  cohere: {},
} as const satisfies Record<string, Partial<Provider>>;

/**
 * The transport to one simulated provider, which keeps time by `clock`. Throws `PackageError` where what it speaks needs a
 * package that is not installed.
 */
export async function simulatedTransport(provider: Provider, clock: Clock): Promise<Transport> {
  const network = networkTo(provider, clock);
  const { speaks = "openai" } = provider.simulated ?? {};
  switch (speaks) {
    case "openai":
    case "azure":
      return carrierOver(network);
    case "anthropic":
      return messagesTransport(carrierOver(network), () => clock.now());
    case "gemini":
    case "bedrock":
    case "cohere": {
      const asked: Provider = {
        name: provider.name,
        protocol: speaks,
        url: "https://simulated.invalid",
        keys: ["simulated"],
        ...SETTINGS[speaks],
      };
      return bridgeTransport([asked], {}, { clock, agent: simulatedAgent(speaks, network), key: NoKey });
    }
  }
}

/** What carries the bytes of a call. */
function carrierOver(network: Network): Transport {
  return {
    send: ({ endpoint, model, stream, body }, events) =>
      network.call({ endpoint: endpoint ?? "answers", model: model.upstream, stream, body }, events),
    async close() {},
  };
}
