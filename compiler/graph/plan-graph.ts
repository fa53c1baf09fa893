/** Routes, rules and plans as a graph of boxes and arrows, as people draw them on a whiteboard. */
import type { CascadeStep, DecisionTable, Expression, Route, Rule } from "../../runtime/table/artifact.ts";
import { durationText, gateText, optionsText } from "./words.ts";

export type NodeKind = "route" | "rule" | "plan" | "model" | "choice" | "reject";

export interface GraphNode {
  /** Unique in the graph, of letters, digits and `_`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly title: string;
  /** What else is to be known, a line each. */
  readonly lines: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `next`: always; `else`: after a failure, or where a gate does not accept; `hedge`: meanwhile. */
  readonly kind: "next" | "else" | "hedge";
  readonly label: string;
}

export interface PlanGraph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Nodes that a request comes to; undefined where no request is shown. */
  readonly taken: ReadonlySet<string> | undefined;
}

export interface GraphOptions {
  /** Only the route that decided a request, with its way marked. */
  readonly decided?: { readonly route: string; readonly rule: number };
  /** The whole condition of a rule, with those of the groups and the `match` that it stands in; a table does not say. */
  readonly conditionOf?: (route: string, rule: number) => string;
}

const DEFAULT_DEADLINE = 600_000;
/** Of a route of which one request is shown, so many rules before and after the one that decided are drawn. */
const AROUND = 4;

/** All routes of a policy, or the one that decided a request. Plans that several rules run are drawn once. */
export function planGraph(table: DecisionTable, { decided, conditionOf }: GraphOptions = {}): PlanGraph {
  const drawing = new Drawing(table, conditionOf);
  const routes = table.routes.filter(({ names }) => decided === undefined || names[0] === decided.route);
  const taken = routes.flatMap((route) => drawing.route(route, decided?.rule));
  return {
    title: table.files[0]?.path ?? "policy",
    nodes: drawing.nodes,
    edges: drawing.edges,
    taken: decided === undefined ? undefined : reached(taken, drawing.edges),
  };
}

/** A part of a plan: where it begins, and the steps after whose failure it goes on. */
interface Fragment {
  readonly entry: string;
  readonly exits: readonly string[];
}

class Drawing {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly #table: DecisionTable;
  readonly #conditionOf: GraphOptions["conditionOf"];
  readonly #plans = new Map<string, string>();

  constructor(table: DecisionTable, conditionOf: GraphOptions["conditionOf"]) {
    this.#table = table;
    this.#conditionOf = conditionOf;
  }

  /** Draws a route; returns what its request comes to first, and the rule that decides it. */
  route(route: Route, decided: number | undefined): string[] {
    const { names, deadline, strict, rules } = route;
    const settings = [
      ...(deadline === DEFAULT_DEADLINE ? [] : [`deadline ${durationText(deadline)}`]),
      ...(strict ? ["strict"] : []),
    ];
    const start = this.#node("route", names.join(", "), settings);
    const shown = decided === undefined ? rules.length : AROUND;
    const first = Math.max(0, (decided ?? 0) - shown);
    const last = Math.min(rules.length - 1, (decided ?? 0) + shown);
    const drawn = rules.flatMap((rule, index) => (index < first || index > last ? [] : [{ rule, index }]));
    if (first > 0) this.#edge(start, this.#node("rule", counted(first, "rule before", "rules before"), []));
    const taken = drawn.flatMap(({ rule, index }) => {
      const condition = this.#conditionOf?.(names[0] as string, index) ?? ownCondition(rule);
      const node = this.#rule(start, rule, `${index} ${condition}`);
      return index === decided ? [start, node] : [];
    });
    const left = rules.length - 1 - last;
    if (left > 0) this.#edge(start, this.#node("rule", counted(left, "rule after", "rules after"), []));
    return taken;
  }

  #rule(start: string, { run }: Rule, title: string): string {
    const node = this.#node("rule", title, []);
    this.#edge(start, node);
    const target = this.#expression(run, true);
    this.#edge(node, target.entry, "next", run.kind === "call" || run.kind === "reject" ? "" : optionsText(run.with));
    return node;
  }

  /** `last`: nothing comes after it, so that a plan can be the one box that others lead to as well. */
  #expression(run: Expression, last: boolean): Fragment {
    switch (run.kind) {
      case "call":
        return this.#step("model", run.model, [this.#providerOf(run.model), optionsText(run.with)]);
      case "reject":
        return this.#step("reject", `reject ${run.status}`, [run.text ?? ""]);
      case "plan":
        return this.#plan(run.plan, last);
      case "select":
        return this.#step("choice", `${run.order} of`, [...run.models, optionsText(run.with)]);
      case "adaptive": {
        const weights = Object.entries(run.weights).map(([of, weight]) => `${of} ${weight}`);
        return this.#step("choice", "adaptive", [...run.models, `by ${weights.join(", ")}`, optionsText(run.with)]);
      }
      case "spread":
        return this.#step("choice", `spread${by(run.by)}`, [
          ...run.sides.map(({ model, share }) => `${share}% ${model}`),
          optionsText(run.with),
        ]);
      case "split": {
        const start = this.#node("choice", `split${by(run.by)}`, []);
        const sides = run.sides.map(({ share, run: side }) => this.#after([start], side, "next", `${share}%`, last));
        return { entry: start, exits: sides.flatMap(({ exits }) => exits) };
      }
      case "else":
        return this.#chain(
          run.first,
          run.then.map(({ on, run: next }) => ({ run: next, kind: "else", label: this.#onText(on) })),
          last,
        );
      case "cascade":
        return this.#cascade(run.steps, last);
      case "hedge":
        return this.#chain(
          run.first,
          run.then.map(({ after, run: next }) => ({ run: next, kind: "hedge", label: `after ${durationText(after)}` })),
          last,
        );
    }
  }

  #cascade([first, ...more]: readonly CascadeStep[], last: boolean): Fragment {
    let gate = first?.accept;
    const then = more.map(({ run, accept }) => {
      const label = gate === undefined ? "else" : `unless ${gateText(gate)}`;
      gate = accept;
      return { run, kind: "else" as const, label };
    });
    return this.#chain((first as CascadeStep).run, then, last);
  }

  #chain(
    first: Expression,
    then: readonly { readonly run: Expression; readonly kind: GraphEdge["kind"]; readonly label: string }[],
    last: boolean,
  ): Fragment {
    const start = this.#expression(first, last && then.length === 0);
    let { exits } = start;
    for (const [at, { run, kind, label }] of then.entries()) {
      const next = this.#after(exits, run, kind, label, last && at === then.length - 1);
      exits = next.exits;
    }
    return { entry: start.entry, exits };
  }

  #after(from: readonly string[], run: Expression, kind: GraphEdge["kind"], label: string, last: boolean): Fragment {
    const next = this.#expression(run, last);
    for (const exit of from) this.#edge(exit, next.entry, kind, label);
    return next;
  }

  #plan(name: string, last: boolean): Fragment {
    const known = last ? this.#plans.get(name) : undefined;
    // Nothing comes after it, so its steps need no further arrows.
    if (known !== undefined) return { entry: known, exits: [] };
    const run = this.#table.plans.find((plan) => plan.name === name)?.run;
    if (run === undefined) throw new Error(`the table has no plan ${name}`);
    const node = this.#node("plan", name, []);
    if (last) this.#plans.set(name, node);
    const { exits } = this.#after([node], run, "next", "", last);
    return { entry: node, exits };
  }

  /** What plain `else` covers needs no words. */
  #onText(on: readonly string[]): string {
    const plain = on.includes("timeout") && on.includes("unreachable") && on.includes("over_budget");
    const others = plain ? on.filter((failure) => ["filtered", "refused", "invalid"].includes(failure)) : on;
    if (plain) return others.length === 0 ? "else" : `else, also ${others.join(", ")}`;
    return `else on ${others.join(", ")}`;
  }

  #providerOf(name: string): string {
    const model = this.#table.models.find((each) => each.name === name);
    const residency =
      model?.residency ?? this.#table.providers.find((each) => each.name === model?.provider)?.residency;
    return [model?.provider ?? "", ...(residency === undefined ? [] : [residency])].join(" · ");
  }

  #step(kind: NodeKind, title: string, lines: readonly string[]): Fragment {
    const node = this.#node(kind, title, lines);
    return { entry: node, exits: kind === "reject" ? [] : [node] };
  }

  #node(kind: NodeKind, title: string, lines: readonly string[]): string {
    const id = `${kind}_${this.nodes.length}`;
    this.nodes.push({ id, kind, title, lines: lines.filter((line) => line !== "") });
    return id;
  }

  #edge(from: string, to: string, kind: GraphEdge["kind"] = "next", label = ""): void {
    this.edges.push({ from, to, kind, label });
  }
}

/** As far as a rule's text has it. */
function ownCondition({ text }: Rule): string {
  return text.slice(0, Math.max(0, text.lastIndexOf("-> "))).trim() || "always";
}

function counted(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

function by(attribute: string | undefined): string {
  return attribute === undefined ? "" : ` by ${attribute}`;
}

/** The nodes given, and all that can be come to from the last of them. */
function reached(taken: readonly string[], edges: readonly GraphEdge[]): ReadonlySet<string> {
  const all = new Set(taken);
  const pending = taken.slice(-1);
  for (let at = pending.pop(); at !== undefined; at = pending.pop())
    for (const { from, to } of edges)
      if (from === at && !all.has(to)) {
        all.add(to);
        pending.push(to);
      }
  return all;
}
