/** `routec/form`: what can be said of a request, made from what the policy reads of it. */
import type { Attribute, AttributeSource, AttributeType, DecisionTable } from "../../runtime/table/artifact.ts";
import type { Compiled } from "./compiled.ts";
import type { Field, Form } from "./protocol.ts";

/** Built in, and read by no rule: still, costs depend on them. */
const SIZES = ["prompt_tokens", "max_tokens"];

export function formOf({ main, policy: { table } }: Compiled): Form {
  const tested = table.attributes.filter(({ name }) => name !== "model" && !SIZES.includes(name)).map(fieldIn(table));
  const declared = tested.filter(({ part, from }) => part === "attributes" && from !== "built in");
  const rest = tested.filter((field) => !declared.includes(field));
  const sizes = SIZES.map(
    (name): Field => ({
      name,
      part: "attributes",
      input: { kind: "number", unit: "tokens" },
      from: "built in",
      default: "any",
    }),
  );
  return {
    main: main.uri,
    routes: table.routes.flatMap(({ names }) => names),
    fields: [...declared, ...sizes, ...rest],
    wanted: { plans: table.plans.map(({ name }) => name), models: table.models.map(({ name }) => name) },
  };
}

function fieldIn({ meters, signals }: DecisionTable): (attribute: Attribute) => Field {
  return ({ name, type, source, domain, default: own }) => {
    const { from } = source;
    if (from === "state") {
      // Of a budget what was spent, which is said as percent of its limit.
      const isBudget = meters.some((meter) => meter.kind === "budget" && meter.name === source.of);
      const input = isBudget || type.kind === "percent" ? { kind: "number" as const, unit: "%" } : inputOf(type, []);
      return { name, part: "state", input, from: `state of ${source.of}`, default: untouched(input) };
    }
    const known = domain?.kind === "strings" ? Object.keys(domain.constants) : [];
    if (from === "signal") {
      const otherwise = signals.find((signal) => signal.name === name)?.otherwise;
      return {
        name,
        part: "signals",
        input: inputOf(type, known),
        from: "signal",
        ...(otherwise !== undefined && { default: shown(type, otherwise) }),
      };
    }
    const taken = own ?? (from === "builtin" ? builtIn(type, name) : undefined);
    return {
      name,
      part: "attributes",
      input: inputOf(type, known),
      from: sourceText(source),
      ...(taken !== undefined && { default: shown(type, taken) }),
    };
  };
}

function sourceText(source: AttributeSource): string {
  return "at" in source ? `${source.from} "${source.at}"` : "built in";
}

function inputOf(type: AttributeType, known: readonly string[]): Field["input"] {
  switch (type.kind) {
    case "bool":
      return { kind: "bool" };
    case "enum":
      return { kind: "choice", members: type.members };
    case "string":
      return { kind: "text", known };
    case "money":
      return { kind: "number", unit: "$" };
    case "duration":
      return { kind: "number", unit: "ms" };
    case "percent":
      return { kind: "number", unit: "%" };
    case "score":
      return { kind: "number", unit: "0 to 1" };
    default:
      return { kind: "number", unit: "" };
  }
}

/** In the units of a request: money in dollars. */
function shown({ kind }: AttributeType, value: boolean | number | string): boolean | number | string {
  return kind === "money" && typeof value === "number" ? value / 1e9 : value;
}

function untouched(input: Field["input"]): boolean | number | string {
  if (input.kind === "bool") return false;
  return input.kind === "choice" ? (input.members[0] ?? "") : 0;
}

/** Of a short unstreamed chat, now. */
function builtIn({ kind }: AttributeType, name: string): boolean | number | string {
  if (name.startsWith("time.")) return "now";
  if (name === "endpoint") return "chat";
  if (name === "turns") return 1;
  return kind === "bool" ? false : kind === "string" ? "" : 0;
}
