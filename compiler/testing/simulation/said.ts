/** What a simulated request says of itself. */
import type { SimulatedRequest } from "../../../runtime/simulation/index.ts";
import { usual } from "../../../runtime/simulation/request.ts";
import type { Value } from "../../../runtime/table/artifact.ts";

/** The value of an attribute; undefined of what it does not say and has no usual value. */
export type Said = (name: string) => Value | undefined;

export function saidBy({ model, attributes }: SimulatedRequest): Said {
  return (name) => attributes?.get(name) ?? (name === "model" ? model : usual(name));
}
