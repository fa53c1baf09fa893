/** Engines that other gateways decide with, given the same rules. They are installed apart, in `bench/peers`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Condition, ConditionList, Request } from "./policies.ts";

/** The index of the rule that decides, from the engine's own answer. */
export type PeerDecide = (request: Request) => number | Promise<number>;

export interface Peer {
  readonly name: string;
  /** The package that it comes from. */
  readonly from: string;
  /** Makes the rules ready. Throws what `require` throws where the package is not installed. */
  prepare(rules: readonly ConditionList[]): PeerDecide;
}

const require = createRequire(new URL("peers/package.json", import.meta.url));

/** The version that is installed; undefined where none is. */
export function peerVersion({ from }: Peer): string | undefined {
  try {
    const text = readFileSync(new URL(`peers/node_modules/${from}/package.json`, import.meta.url), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What of `@cedar-policy/cedar-wasm` is used. */
interface CedarWasm {
  preparsePolicySet(
    id: string,
    policies: { readonly staticPolicies: Readonly<Record<string, string>> },
  ): {
    readonly type: "success" | "failure";
  };
  statefulIsAuthorized(call: object): {
    readonly type: "success" | "failure";
    readonly response?: { readonly diagnostics: { readonly reason: readonly string[] } };
  };
}

/** What of `json-rules-engine` is used. */
interface JsonRulesEngine {
  readonly Engine: new (
    rules: readonly object[],
  ) => {
    on(event: "success", handler: () => void): void;
    stop(): void;
    run(facts: Request): Promise<{ readonly events: readonly { readonly type: string }[] }>;
  };
}

/** What of `@marcbachmann/cel-js` is used. */
interface CelJs {
  parse(expression: string): (context: Request) => unknown;
}

export const PEERS: readonly Peer[] = [
  {
    name: "CEL, a parsed expression a rule",
    from: "@marcbachmann/cel-js",
    prepare: (rules) => {
      const { parse } = require("@marcbachmann/cel-js") as CelJs;
      // Numbers of JavaScript are doubles to it.
      const number = (value: number): string => `${value}.0`;
      const parsed = rules.map((rule) => parse(rule.map((each) => written(each, "", number)).join(" && ") || "true"));
      return (request) => parsed.findIndex((holds) => holds(request) === true);
    },
  },
  {
    name: "json-rules-engine, by priority until the first",
    from: "json-rules-engine",
    prepare: (rules) => {
      const { Engine } = require("json-rules-engine") as JsonRulesEngine;
      const engine = new Engine(
        rules.map((rule, index) => ({
          conditions: {
            all: rule.map(({ attribute, is, value }) => ({ fact: attribute, operator: OPERATOR[is], value })),
          },
          event: { type: String(index) },
          priority: rules.length - index,
        })),
      );
      engine.on("success", () => engine.stop());
      return async (request) => Number((await engine.run(request)).events[0]?.type ?? -1);
    },
  },
  {
    name: "Cedar, all policies that hold, the least of them",
    from: "@cedar-policy/cedar-wasm",
    prepare: (rules) => {
      const cedar = require("@cedar-policy/cedar-wasm/nodejs") as CedarWasm;
      const staticPolicies = Object.fromEntries(
        rules.map((rule, index) => {
          const when = rule.map((each) => written(each, "context.", String)).join(" && ") || "true";
          return [String(index), `permit(principal, action, resource) when { ${when} };`];
        }),
      );
      if (cedar.preparsePolicySet("bench", { staticPolicies }).type === "failure")
        throw new Error("Cedar does not take the policies");
      const asked = {
        principal: { type: "User", id: "u" },
        action: { type: "Action", id: "call" },
        resource: { type: "Route", id: "chat" },
        entities: [],
        preparsedPolicySetId: "bench",
        validateRequest: false,
      };
      return (context) => {
        const { response } = cedar.statefulIsAuthorized({ ...asked, context });
        return Math.min(...(response?.diagnostics.reason.map(Number) ?? [Number.NaN]));
      };
    },
  },
];

const OPERATOR = { "==": "equal", ">": "greaterThan", "<=": "lessThanInclusive" } as const;

/** A condition in the syntax that CEL and Cedar share. */
function written({ attribute, is, value }: Condition, prefix: string, number: (value: number) => string): string {
  return `${prefix}${attribute} ${is} ${typeof value === "number" ? number(value) : JSON.stringify(value)}`;
}
