/** A plan as it is drawn: what is tried, in which order, and why it comes to the next. */
import {
  type Expression,
  FAILED,
  type Failure,
  type GateCondition,
  type GateTest,
  type Options,
  type ValueTest,
} from "../../runtime/table/artifact.ts";
import { durationText, listText, priceText } from "../wording.ts";
import { type Compiled, residencyOf } from "./compiled.ts";
import type { Diagram } from "./protocol.ts";

const ORDERS = {
  cheapest: "the cheapest first",
  fastest: "the fastest first",
  best: "the best first",
  least_busy: "the least busy first",
} as const;

/** @param inTurn the models in the order in which this request would try them. */
export function diagramOf(run: Expression, compiled: Compiled, inTurn: readonly string[]): Diagram {
  const { program } = compiled;
  const models = new Map(program.models.map(({ facts }) => [facts.name, facts]));
  const plans = new Map(program.plans.map((plan) => [plan.name, plan.run]));

  function call(name: string, options: Options | undefined): Diagram {
    const model = models.get(name);
    if (model === undefined) return { kind: "call", model: name, facts: [] };
    const { provider, upstream, price } = model;
    const residency = residencyOf(name, compiled);
    return {
      kind: "call",
      model: name,
      facts: [
        `${provider} ${upstream}`,
        ...(residency === undefined ? [] : [`in ${residency}`]),
        `${priceText(price)} per 1M tokens`,
        ...optionsText(options),
      ],
    };
  }

  const group = (title: string, members: readonly { label: string; run: Diagram }[], options?: Options): Diagram => ({
    kind: "group",
    title: [title, ...optionsText(options)].join(" · "),
    members,
  });

  /** Models that are tried in an order that the request finds. */
  function ordered(title: string, names: readonly string[], options: Options | undefined): Diagram {
    const rank = (name: string): number => (inTurn.indexOf(name) + 1 || names.length + 1) * names.length;
    const sorted = names.toSorted((a, b) => rank(a) - rank(b));
    return group(
      title,
      sorted.map((name, i) => ({ label: `${i + 1}`, run: call(name, undefined) })),
      options,
    );
  }

  function draw(node: Expression): Diagram {
    switch (node.kind) {
      case "call":
        return call(node.model, node.with);
      case "reject":
        return { kind: "reject", status: node.status, ...(node.text !== undefined && { text: node.text }) };
      case "plan": {
        const inner = plans.get(node.plan);
        return group(`plan ${node.plan}`, inner === undefined ? [] : [{ label: "", run: draw(inner) }], node.with);
      }
      case "else": {
        const chain: Diagram = {
          kind: "chain",
          first: draw(node.first),
          then: node.then.map(({ on, run }) => ({ on: failuresText(on), run: draw(run) })),
        };
        return node.with === undefined ? chain : group("all of these", [{ label: "", run: chain }], node.with);
      }
      case "select":
        return ordered(ORDERS[node.order], node.models, node.with);
      case "adaptive":
        return ordered("by recent cost, latency and errors", node.models, node.with);
      case "spread":
        return group(
          `one drawn${node.by === undefined ? "" : ` by ${node.by}`}, then the others`,
          node.sides.map(({ model, share }) => ({ label: `${share}%`, run: call(model, undefined) })),
          node.with,
        );
      case "split":
        return group(
          `one side drawn${node.by === undefined ? "" : ` by ${node.by}`}`,
          node.sides.map(({ share, run }) => ({ label: `${share}%`, run: draw(run) })),
          node.with,
        );
      case "cascade":
        return group(
          "the first answer that is accepted",
          node.steps.map(({ run, accept }) => ({
            label: accept === undefined ? "whatever it answers" : `accept when ${gateText(accept)}`,
            run: draw(run),
          })),
          node.with,
        );
      case "hedge":
        return group(
          "the first to answer",
          [
            { label: "at once", run: draw(node.first) },
            ...node.then.map(({ after, run }) => ({ label: `after ${durationText(after)}`, run: draw(run) })),
          ],
          node.with,
        );
    }
  }

  return draw(run);
}

function failuresText(on: readonly Failure[]): string {
  const beyond = on.filter((failure) => !FAILED.includes(failure));
  if (FAILED.every((failure) => on.includes(failure)))
    return beyond.length === 0 ? "if it fails" : `if it fails, or is ${listText(beyond, "or")}`;
  return `on ${listText(on, "or")}`;
}

function optionsText(options: Options | undefined): string[] {
  if (options === undefined) return [];
  const { timeout, idle, retries, max_tokens: most, temperature, reasoning, system, tools } = options;
  const parts: (string | undefined)[] = [
    timeout === undefined ? undefined : `timeout ${durationText(timeout)}`,
    idle === undefined ? undefined : `idle ${durationText(idle)}`,
    retries === undefined || retries === 0 ? undefined : `${retries} ${retries === 1 ? "retry" : "retries"}`,
    most === undefined ? undefined : `max_tokens ${most}`,
    temperature === undefined ? undefined : `temperature ${temperature}`,
    reasoning === undefined ? undefined : `reasoning ${reasoning}`,
    system === undefined ? undefined : "a system prompt of its own",
    tools === undefined ? undefined : tools.length === 0 ? "no tools" : `tools ${tools.join(", ")} only`,
  ];
  return parts.filter((part) => part !== undefined);
}

function gateText(gate: GateCondition): string {
  if (gate.kind === "test") return testText(gate);
  const parts = gate.of.map((part) =>
    part.kind === "and" || part.kind === "or" ? `(${gateText(part)})` : gateText(part),
  );
  return gate.kind === "not" ? `not ${parts[0]}` : parts.join(` ${gate.kind} `);
}

function testText({ fact, judge, test }: GateTest): string {
  return `${judge === undefined ? fact : `${judge.model} judges`}${valueText(test)}`;
}

function valueText(test: ValueTest): string {
  switch (test.kind) {
    case "true":
      return "";
    case "members":
      return ` is ${listText(test.members, "or")}`;
    case "equals":
      return ` is ${JSON.stringify(test.text)}`;
    case "interval": {
      const from = test.from === undefined ? "" : ` ${test.from.included ? "≥" : ">"} ${test.from.value}`;
      const to = test.to === undefined ? "" : ` ${test.to.included ? "≤" : "<"} ${test.to.value}`;
      return `${from}${from !== "" && to !== "" ? " and" : ""}${to}`;
    }
    case "regex":
      return ` matches /${test.source}/`;
    default:
      return ` ${test.kind === "contains" ? "contains" : test.kind === "prefix" ? "starts with" : "ends with"} ${JSON.stringify(test.text)}`;
  }
}
