/** The dialect that a provider is spoken to in. */
import type { Provider } from "./decision-table.generated.ts";

/** The protocol of a provider; of one that is simulated, that of those whose dialect it speaks. */
export function spokenBy({ protocol, simulated }: Provider): Provider["protocol"] {
  return protocol === "simulated" ? (simulated?.speaks ?? "openai") : protocol;
}
