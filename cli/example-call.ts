/** A request that a person can send to a policy that was just started. */
import type { Attribute, DecisionTable } from "../runtime/table/index.ts";

/**
 * Lines with a `curl` call for the first route, ready to paste, with every attribute that the policy requires; where
 * callers are asked who they are, all but their key.
 */
export function exampleCall({ routes, attributes }: DecisionTable, base: string, asksWho = false): string[] {
  const name = routes[0]?.names[0] ?? "chat";
  const body: Record<string, unknown> = {
    model: name === "*" ? "any-model" : name,
    messages: [{ role: "user", content: "hello" }],
  };
  const headers = ["content-type: application/json", ...(asksWho ? ["authorization: Bearer YOUR-KEY"] : [])];
  const missing: string[] = [];
  for (const attribute of attributes) {
    const { source } = attribute;
    // Those are found out here, and nobody sends them.
    const isFound = source.from === "builtin" || source.from === "signal" || source.from === "state";
    if (isFound || attribute.default !== undefined) continue;
    const value = sample(attribute);
    if (source.from === "header") headers.push(`${source.at}: ${value}`);
    else if (source.from === "metadata") body.metadata = { ...(body.metadata ?? {}), [source.at]: String(value) };
    else if (source.from === "body") setAt(body, source.at, value);
    else if (!asksWho) missing.push(attribute.name);
  }
  if (missing.length > 0) {
    const names = missing.map((each) => `\`${each}\``).join(", ");
    return [`every request will be refused: the policy requires the claim ${names}, and claims are empty`];
  }
  return [
    "try it:",
    "",
    `curl ${base}/v1/chat/completions \\`,
    ...headers.map((header) => `  -H ${shellQuoted(header)} \\`),
    `  -d ${shellQuoted(JSON.stringify(body))}`,
  ];
}

/** A value that the attribute's type allows. */
function sample({ type }: Attribute): boolean | number | string {
  if (type.kind === "enum") return type.members[0] ?? "";
  if (type.kind === "bool") return true;
  return type.kind === "string" ? "example" : 1;
}

/** Sets the value at a JSON pointer (RFC 6901), making objects on the way. */
function setAt(body: Record<string, unknown>, pointer: string, value: unknown): void {
  const path = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = path.pop();
  if (last === undefined) return;
  let object = body;
  for (const part of path) {
    const inner = object[part];
    const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
    object[part] = next;
    object = next;
  }
  object[last] = value;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
