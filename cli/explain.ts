/** `routec explain main.route --request r.json` */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CODES, type Code } from "../compiler/diagnostics/codes.ts";
import type { Explanation, HttpRequest } from "../runtime/explain/index.ts";
import type { GivenRequest, Policy } from "../runtime/table/index.ts";
import { type Command, define, didYouMean, EXIT, InputError, UsageError } from "./command.ts";
import { readInput } from "./files.ts";
import { readJson, readPolicy } from "./policy.ts";
import { REPORT, takesColor } from "./report.ts";

export const command: Command = define({
  usage: "explain <main.route|policy.json> --request <file> | --graph",
  about: `Decides one request and says why: the rule, the plan, the models in the order in which they would be tried, the
worst case, and the conditions that led there, drawn under the policy's source. The request is a JSON file, \`-\` for
standard input:

  { "route": "chat", "attributes": { "tier": "free" }, "signals": {}, "state": { "tenant_month.used": 95 } }

or a whole HTTP request, read as the proxy reads it:

  { "headers": { "x-tier": "pro" }, "claims": {…}, "body": { "model": "chat", "messages": […] } }

What it does not give is the default. With --why-not, says what kept a rule, or the rules that run a plan or a model,
from taking the request. Of a \`.jsonl\` file each line is decided, and one line of JSON comes out for each.

With --graph, draws routes, rules and plans, as Mermaid to be pasted into Markdown or as an SVG file; with a request, its
route with its way marked. With --code, says what a code in a finding means.`,
  options: {
    request: { type: "string", short: "r", value: "file", help: "the request, as JSON; `-` is standard input" },
    "why-not": {
      type: "string",
      value: "rule|plan|model",
      help: "why this was not what happened: a rule by its number",
    },
    graph: { type: "string", choices: ["mermaid", "svg"], alone: "mermaid", help: "draw; mermaid if not said how" },
    code: { type: "string", value: "code", help: "say what the code of a finding means" },
    ...REPORT,
  },
  takes: [0, 1],
  examples: [
    "routec explain main.route --request request.json",
    "routec explain main.route --request request.json --why-not strong",
    `echo '{"route":"chat"}' | routec explain main.route --request -`,
    "routec explain main.route --graph svg > policy.svg",
    "routec explain --code RT3002",
  ],
  async run(values, [main]) {
    const { format, request } = values;
    const whyNot = values["why-not"];
    if (values.code !== undefined) {
      process.stdout.write(await meaningOf(values.code, format));
      return EXIT.well;
    }
    if (main === undefined) throw new UsageError("too few arguments: which policy?");
    const { graph } = values;
    if (request === undefined && graph === undefined) throw new UsageError("`--request` is missing: which request?");
    if (graph !== undefined && (whyNot !== undefined || format !== undefined))
      throw new UsageError("`--graph` draws, so it takes neither `--format` nor `--why-not`");
    const policy = await readPolicy(main, values);
    if (policy === undefined) return EXIT.findings;
    if (request === undefined) {
      process.stdout.write(await drawn(main, policy, graph));
      return EXIT.well;
    }
    if (request.endsWith(".jsonl")) {
      if (whyNot !== undefined || graph !== undefined)
        throw new UsageError(
          `\`--${graph === undefined ? "why-not" : "graph"}\` is for one request, not for the lines of a \`.jsonl\``,
        );
      await explainLines(policy, request);
      return EXIT.well;
    }
    const explained = await explain(policy, request, (await readInput(request)).toString());
    const { explanation, given } = explained;
    if (graph !== undefined) {
      process.stdout.write(
        await drawn(main, policy, graph, { route: explanation.route, rule: explanation.rule.index }),
      );
      return EXIT.well;
    }
    const { forPeople, forPrograms } = await import("./explanation.ts");
    if (whyNot !== undefined && main.endsWith(".json"))
      throw new UsageError("`--why-not` draws under the policy's source: expected a `.route`");
    const shown = { main, policy, explanation, given, whyNot };
    process.stdout.write(
      format === "json"
        ? await forPrograms(shown)
        : await forPeople(shown, format === "plain" ? "plain" : takesColor(values.color, process.stdout)),
    );
    return EXIT.well;
  },
});

/** The policy as a picture; of a request that was decided, its route with its way. */
async function drawn(
  main: string,
  { table }: Policy,
  graph: string | undefined,
  decided?: { readonly route: string; readonly rule: number },
): Promise<string> {
  const { conditionsIn, planGraph, toMermaid, toSvg } = await import("../compiler/graph/index.ts");
  const { compileProgram } = await import("../compiler/index.ts");
  // A compiled table does not have the conditions of groups.
  const conditionOf = main.endsWith(".json") ? undefined : conditionsIn(compileProgram(main).program);
  const pictured = planGraph(table, { ...(decided && { decided }), ...(conditionOf && { conditionOf }) });
  return graph === "svg" ? toSvg(pictured) : toMermaid(pictured);
}

async function explainLines(policy: Policy, path: string): Promise<void> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const { explanation } = await explain(policy, `${path}:${number}`, line);
    const text = `${JSON.stringify(explanation)}\n`;
    if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
  }
}

interface Explained {
  readonly explanation: Explanation;
  readonly given: GivenRequest;
}

async function explain(policy: Policy, name: string, text: string): Promise<Explained> {
  const request = readJson(name, text);
  const { explainGiven, readHttp } = await import("../runtime/explain/index.ts");
  const { readGiven } = await import("../runtime/table/index.ts");
  const now = new Date();
  try {
    const given = isHttp(request)
      ? readHttp(policy, checked(request), { now: () => now.getTime() })
      : readGiven(policy, request, now);
    return { explanation: explainGiven(policy, given, now.getTime()), given };
  } catch (error) {
    if (error instanceof Error && (error.name === "AttributeError" || error.name === "RequestError"))
      throw new InputError(`\`${name}\`: ${error.message}`);
    throw error;
  }
}

function isHttp(request: unknown): request is HttpRequest {
  return typeof request === "object" && request !== null && "body" in request;
}

function checked(request: HttpRequest): HttpRequest {
  const { headers = {} } = request;
  const text = Object.values(headers).every((value) => typeof value === "string");
  if (!text) throw new InputError("`headers` of the request are not all texts");
  const unknown = Object.keys(request).find((key) => !["headers", "claims", "body"].includes(key));
  if (unknown !== undefined) throw new InputError(`the request has \`${unknown}\`: expected headers, claims and body`);
  return request;
}

async function meaningOf(written: string, format: string | undefined): Promise<string> {
  const code = written.toUpperCase();
  if (!isCode(code)) throw new UsageError(`unknown code \`${written}\`${didYouMean(code, Object.keys(CODES))}`);
  const { MEANINGS } = await import("../compiler/diagnostics/meanings.ts");
  const { meaning, example, mended, why } = MEANINGS[code];
  if (format === "json")
    return `${JSON.stringify({ format: 1, code, title: CODES[code], meaning, example, mended, why }, null, 2)}\n`;
  const plain = format === "plain";
  const prose = (text: string): string => (plain ? `${text}\n` : text.replaceAll(/(.{1,100})(?: |$)/g, "$1\n"));
  const policy = (text: string): string => (plain ? text : text.replaceAll(/^(?=.)/gm, "  "));
  return [
    `${code}: ${CODES[code]}\n`,
    prose(meaning),
    `an example that fails:\n\n${policy(example)}`,
    `the same mended:\n\n${policy(mended)}`,
    prose(`why: ${why}`),
  ].join("\n");
}

function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
