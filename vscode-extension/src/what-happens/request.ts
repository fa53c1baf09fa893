/** Between what stands in the form and a request as the language server takes it. */
import type { Field, Form } from "../../../lsp/requests/protocol.ts";

/** What stands in the form, as text. */
export interface Filled {
  readonly route: string;
  /** By the names of fields; what is empty is not given. */
  readonly fields: Readonly<Record<string, string>>;
  readonly whyNot: string;
}

/** What a form begins with: some value of each field that must have one, so that there is something to see at once. */
export function exampleFor({ fields, routes }: Form): Filled {
  const required = fields.filter((field) => field.default === undefined);
  return {
    route: routes[0] ?? "",
    fields: Object.fromEntries(required.map(({ name, input }) => [name, someValue(input)])),
    whyNot: "",
  };
}

function someValue(input: Field["input"]): string {
  switch (input.kind) {
    case "bool":
      return "false";
    case "choice":
      return input.members[0] ?? "";
    case "number":
      return "0";
    case "text":
      return input.known[0] ?? "any";
  }
}

type Parts = Record<Field["part"], Record<string, unknown>>;

/** What cannot be a value of its field stays a text: the server says what it should have been. */
export function requestFrom({ fields }: Pick<Form, "fields">, filled: Filled): object {
  const parts: Parts = { attributes: {}, signals: {}, state: {} };
  for (const field of fields) {
    const text = filled.fields[field.name]?.trim() ?? "";
    if (text !== "") parts[field.part][field.name] = valueFrom(field, text);
  }
  const { attributes, signals, state } = parts;
  const isGiven = (part: object): boolean => Object.keys(part).length > 0;
  return {
    ...(filled.route !== "" && { route: filled.route }),
    attributes,
    ...(isGiven(signals) && { signals }),
    ...(isGiven(state) && { state }),
  };
}

function valueFrom({ input }: Field, text: string): unknown {
  if (input.kind === "bool" && (text === "true" || text === "false")) return text === "true";
  if (input.kind !== "number") return text;
  // As policies write numbers: `20k`, `$5`, `95%`.
  const [, digits, unit] = /^\$?(-?\d[\d_]*(?:\.\d+)?)\s*([kM]?)%?$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const scale = unit === "k" ? 1e3 : unit === "M" ? 1e6 : 1;
  return Number(digits.replaceAll("_", "")) * scale;
}

/** A request as the form shows it; undefined of one that it cannot show, such as a whole HTTP request. */
export function filledFrom(form: Form, request: unknown): Filled | undefined {
  if (typeof request !== "object" || request === null || "body" in request) return undefined;
  const { route = form.routes[0], attributes = {}, signals = {}, state = {} } = request as Record<string, unknown>;
  const given = Object.entries({ ...(attributes as object), ...(signals as object), ...(state as object) });
  if (given.some(([name]) => form.fields.every((field) => field.name !== name))) return undefined;
  return {
    route: String(route ?? ""),
    fields: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    whyNot: "",
  };
}
