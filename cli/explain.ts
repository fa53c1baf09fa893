/** `routec explain main.route --request r.json` */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CODES, type Code } from "../compiler/diagnostics/codes.ts";
import type { HttpRequest } from "../runtime/proxy/explain.ts";
import type { Explanation, Policy } from "../runtime/table/index.ts";
import { type Command, define, didYouMean, EXIT, InputError, UsageError } from "./command.ts";
import { readInput } from "./files.ts";
import { readJson, readPolicy } from "./policy.ts";
import { REPORT } from "./report.ts";

export const command: Command = define({
  usage: "explain <main.route|policy.json> --request <file>",
  about: `Decides one request and says why: the rule, the plan, the models in the order in which they would be tried, the
worst case, and the conditions that led there. The request is a JSON file, \`-\` for standard input:

  { "route": "chat", "attributes": { "tier": "free" } }

or a whole HTTP request, read as the proxy reads it:

  { "headers": { "x-tier": "pro" }, "claims": {…}, "body": { "model": "chat", "messages": […] } }

What it does not give is the default. Of a \`.jsonl\` file each line is decided, and one line of JSON
comes out for each. With --code, says what a code in a finding means.`,
  options: {
    request: { type: "string", short: "r", value: "file", help: "the request, as JSON; `-` is standard input" },
    code: { type: "string", value: "code", help: "say what the code of a finding means" },
    ...REPORT,
  },
  takes: [0, 1],
  examples: [
    "routec explain main.route --request request.json",
    `echo '{"route":"chat"}' | routec explain main.route --request -`,
    "routec explain --code RT3002",
  ],
  async run(values, [main]) {
    if (values.code !== undefined) {
      process.stdout.write(await meaningOf(values.code, values.format));
      return EXIT.well;
    }
    const { request } = values;
    if (main === undefined) throw new UsageError("too few arguments: which policy?");
    if (request === undefined) throw new UsageError("`--request` is missing: which request?");
    const policy = await readPolicy(main, values);
    if (policy === undefined) return EXIT.findings;
    if (request.endsWith(".jsonl")) {
      await explainLines(policy, request);
      return EXIT.well;
    }
    const explanation = await explained(policy, request, (await readInput(request)).toString());
    const json = values.format === "json";
    process.stdout.write(json ? `${JSON.stringify(explanation, null, 2)}\n` : forPeople(explanation));
    return EXIT.well;
  },
});

async function explainLines(policy: Policy, path: string): Promise<void> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const text = `${JSON.stringify(await explained(policy, `${path}:${number}`, line))}\n`;
    if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
  }
}

async function explained(policy: Policy, name: string, text: string): Promise<Explanation> {
  const request = readJson(name, text);
  try {
    if (isHttp(request)) return await explainedHttp(policy, request);
    const { explain } = await import("../runtime/table/index.ts");
    return explain(policy, request);
  } catch (error) {
    if (error instanceof Error && (error.name === "AttributeError" || error.name === "RequestError"))
      throw new InputError(`\`${name}\`: ${error.message}`);
    throw error;
  }
}

function isHttp(request: unknown): request is HttpRequest {
  return typeof request === "object" && request !== null && "body" in request;
}

async function explainedHttp(policy: Policy, request: HttpRequest): Promise<Explanation> {
  const { explainRequest } = await import("../runtime/proxy/explain.ts");
  const { headers = {} } = request;
  const text = Object.values(headers).every((value) => typeof value === "string");
  if (!text) throw new InputError("`headers` of the request are not all texts");
  const unknown = Object.keys(request).find((key) => !["headers", "claims", "body"].includes(key));
  if (unknown !== undefined) throw new InputError(`the request has \`${unknown}\`: expected headers, claims and body`);
  return explainRequest(policy, request, { now: Date.now });
}

function forPeople({ route, rule, plan, steps, reject, signals, worst, because }: Explanation): string {
  const outcome =
    reject === null
      ? `${plan === null ? "" : `plan ${plan}: `}${steps.join(", then ")}`
      : `rejected with ${reject.status}${reject.text === undefined ? "" : `: ${reject.text}`}`;
  const seconds = worst.time_ms / 1000;
  const attempts = `${worst.attempts} attempt${worst.attempts === 1 ? "" : "s"}`;
  const width = Math.max(0, ...because.map(({ condition }) => condition.length));
  const reasons = because.map(({ condition, value }) => `  ${condition.padEnd(width)}  is ${value}`);
  return [
    `route ${route}, rule ${rule.index} (${rule.file}:${rule.line})`,
    `  ${rule.text}`,
    "",
    outcome,
    ...(reject === null ? [`at worst $${worst.cost}, ${attempts}, ${seconds} s to the first content`] : []),
    ...(signals.length === 0 ? [] : [`signals: ${signals.join(", ")}`]),
    ...(reasons.length === 0 ? [] : ["", "because", ...reasons]),
    "",
  ].join("\n");
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
