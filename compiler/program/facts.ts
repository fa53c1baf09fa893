/** Providers and models: the facts that their blocks state. */
import type { Model, Options, Provider, Text } from "../../runtime/table/index.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Field, FieldValue, ModelDeclaration, ProviderDeclaration, Span, Value } from "../syntax/index.ts";
import { checkOptions } from "./expressions.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";
import type { Type } from "./types.ts";
import { checkValue } from "./values.ts";

/** Where OpenAI's own service is, for a provider of its protocol that says no `url`. */
const OPENAI_URL = "https://api.openai.com/v1";

const PROTOCOLS = ["openai", "simulated"];
const LATER_PROTOCOLS = ["azure", "anthropic", "gemini", "vertex", "bedrock", "cohere", "ai_sdk"];
const CAPABILITIES = ["tools", "vision", "audio", "pdf", "json", "logprobs", "reasoning", "search", "embeddings"];

const PROVIDER_FIELDS = ["protocol", "url", "key", "residency", "with"];
const LATER_PROVIDER_FIELDS = ["region", "project", "credentials", "like", "breaker", "header", "body", "allow"];
const MODEL_FIELDS = ["context", "output", "price", "can", "quality", "residency", "tags", "with"];
const LATER_MODEL_FIELDS = ["like", "allow"];

const TOKENS = [1, Number.MAX_SAFE_INTEGER] as const;

/** Reads the fields of one block, each at most once, and reports what is wrong with them. */
class Block {
  readonly #fields = new Map<string, Field>();
  readonly #file: string;
  readonly #report: Report;
  readonly #what: string;

  constructor(
    fields: readonly Field[],
    known: readonly string[],
    later: readonly string[],
    what: string,
    file: string,
    report: Report,
  ) {
    this.#file = file;
    this.#report = report;
    this.#what = what;
    for (const field of fields) {
      const { text, span } = field.name;
      if (later.includes(text))
        report.error("RT1004", file, span, `the field \`${text}\` is not supported by this version of routec`);
      else if (!known.includes(text))
        report.error("RT2006", file, span, `${what} has no field \`${text}\``, didYouMean(nearest(text, known)));
      else if (this.#fields.has(text)) report.error("RT2008", file, span, `\`${text}\` is given twice`);
      else this.#fields.set(text, field);
    }
  }

  get(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  value(name: string, type: Type, range: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER]) {
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    return isValue(field.value)
      ? checkValue(field.value, type, range, this.#file, this.#report)
      : this.#wrong(field, "a value");
  }

  /** A name that stands for itself, quoted or not. */
  word(name: string): string | undefined {
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    return field.value.kind === "word" ? field.value.text : this.#wrong(field, "a name");
  }

  words(name: string): { text: string; span: Span }[] | undefined {
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    return field.value.kind === "list" ? [...field.value.items] : this.#wrong(field, "a list such as `[a, b]`");
  }

  options(): Options | undefined {
    const field = this.#fields.get("with");
    if (field === undefined) return undefined;
    return field.value.kind === "options"
      ? checkOptions(field.value, this.#file, this.#report)
      : this.#wrong(field, "a block such as `{ timeout 20s }`");
  }

  /** Quoted texts, or environment variables that hold them. */
  texts(name: string): Text[] | undefined {
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    if (field.value.kind === "env") return field.value.names.map(({ text }) => ({ env: text }));
    if (field.value.kind === "word" && field.value.quoted) return [field.value.text];
    return this.#wrong(field, 'a text, or `env "NAME"`');
  }

  #wrong(field: Field, expected: string): undefined {
    const { text } = field.name;
    this.#report.error("RT2003", this.#file, field.value.span, `\`${text}\` of ${this.#what} takes ${expected}`);
    return undefined;
  }
}

function isValue(value: FieldValue): value is Value {
  return !["env", "list", "prices", "options"].includes(value.kind);
}

/** Of a declaration whose facts are faulty the findings are reported, and what could be understood is returned. */
export function checkProvider(node: ProviderDeclaration, file: ProgramFile, report: Report): Provider {
  const name = node.name.text;
  const block = new Block(node.fields, PROVIDER_FIELDS, LATER_PROVIDER_FIELDS, "a provider", file.name, report);
  const protocol = checkProtocol(node, block, file.name, report);
  const url = block.texts("url")?.[0] ?? (protocol === "openai" ? OPENAI_URL : undefined);
  const written = block.get("url");
  if (typeof url === "string" && written !== undefined) checkUrl(url, written.value.span, file.name, report);
  const keys = block.texts("key");
  const key = block.get("key");
  if (keys?.some((text) => typeof text === "string") && key !== undefined)
    report.error("RT2003", file.name, key.value.span, "a key does not belong in a policy", {
      help: 'name the environment variable that holds it: `key env "NAME"`',
    });
  if (protocol === "simulated")
    for (const field of [written, key])
      if (field !== undefined)
        report.error("RT2006", file.name, field.name.span, `a simulated provider has no \`${field.name.text}\``);
  const residency = block.word("residency");
  const options = block.options();
  return {
    name,
    protocol,
    ...(url !== undefined && protocol === "openai" && { url }),
    ...(keys && { keys }),
    ...(residency !== undefined && { residency }),
    ...(options && { with: options }),
  };
}

function checkProtocol(node: ProviderDeclaration, block: Block, file: string, report: Report): Provider["protocol"] {
  const field = block.get("protocol");
  const text = block.word("protocol");
  if (text === "openai" || text === "simulated") return text;
  if (field === undefined && !node.broken)
    report.error("RT2007", file, node.name.span, `provider \`${node.name.text}\` does not say its \`protocol\``, {
      help: `write \`protocol openai\` for OpenAI and what speaks its protocol, or \`protocol simulated\``,
    });
  else if (field !== undefined && text !== undefined && LATER_PROTOCOLS.includes(text))
    report.error(
      "RT1004",
      file,
      field.value.span,
      `the protocol \`${text}\` is not supported by this version of routec`,
    );
  else if (field !== undefined && text !== undefined)
    report.error(
      "RT2005",
      file,
      field.value.span,
      `\`${text}\` is no protocol: expected one of ${PROTOCOLS.join(", ")}`,
      {
        ...didYouMean(nearest(text, [...PROTOCOLS, ...LATER_PROTOCOLS])),
      },
    );
  return "openai";
}

function checkUrl(text: string, span: Span, file: string, report: Report): void {
  const url = URL.parse(text);
  const fault =
    url === null || !["http:", "https:"].includes(url.protocol)
      ? "expected an address such as `https://api.example.com/v1`"
      : url.username !== "" || url.password !== ""
        ? "credentials do not belong in an address: use `key`"
        : url.search !== "" || url.hash !== ""
          ? "a base address has no `?` and no `#`"
          : undefined;
  if (fault !== undefined) report.error("RT2015", file, span, `\`${text}\` is not a provider's address: ${fault}`);
}

/** As `checkProvider`. Undefined when the model has no provider, context or price that could be understood. */
export function checkModel(node: ModelDeclaration, file: ProgramFile, report: Report): Model | undefined {
  const name = node.name.text;
  const block = new Block(node.fields, MODEL_FIELDS, LATER_MODEL_FIELDS, "a model", file.name, report);
  const context = block.value("context", { kind: "int" }, TOKENS) as number | undefined;
  const output = block.value("output", { kind: "int" }, TOKENS) as number | undefined;
  const price = checkPrice(block.get("price"), file.name, report);
  const quality = block.value("quality", { kind: "score" }, [0, 1]) as number | undefined;
  const residency = block.word("residency");
  const tags = block.words("tags")?.map(({ text }) => text);
  const options = block.options();
  const can = block.words("can") ?? [];
  for (const { text, span } of can)
    if (!CAPABILITIES.includes(text))
      report.error("RT2005", file.name, span, `\`${text}\` is no capability: expected ${CAPABILITIES.join(", ")}`, {
        ...didYouMean(nearest(text, CAPABILITIES)),
      });
  for (const [field, help] of [
    ["context", "state how many tokens it can read and write together: `context 128k`"],
    ["price", "state what a million tokens cost, `price { input $0.10, output $0.30 }`, or `price free`"],
  ] as const)
    if (block.get(field) === undefined && !node.broken)
      report.error("RT2007", file.name, node.name.span, `model \`${name}\` does not state its \`${field}\``, { help });
  if (context === undefined || price === undefined) return undefined;
  return {
    name,
    provider: node.provider.text,
    upstream: node.upstream.text,
    context,
    output: Math.min(output ?? context, context),
    price,
    can: can.map(({ text }) => text),
    ...(quality !== undefined && { quality }),
    ...(residency !== undefined && { residency }),
    ...(tags && { tags }),
    ...(options && { with: options }),
  };
}

function checkPrice(field: Field | undefined, file: string, report: Report): Model["price"] | undefined {
  if (field === undefined) return undefined;
  const { value } = field;
  if (value.kind === "word" && value.text === "free") return { input: 0, output: 0 };
  if (value.kind !== "prices") {
    report.error(
      "RT2003",
      file,
      value.span,
      "`price` takes `free`, or a block such as `{ input $0.10, output $0.30 }`",
    );
    return undefined;
  }
  const prices = new Map<string, number>();
  for (const entry of value.entries) {
    const { text, span } = entry.name;
    if (!["input", "output", "cached"].includes(text)) {
      const help = didYouMean(nearest(text, ["input", "output", "cached"]));
      report.error("RT2006", file, span, `a price has no \`${text}\`: expected input, output or cached`, help);
      continue;
    }
    if (prices.has(text)) report.error("RT2008", file, span, `\`${text}\` is given twice`);
    const amount = checkValue(entry.value, { kind: "money" }, [0, Number.MAX_SAFE_INTEGER], file, report);
    if (typeof amount === "number") prices.set(text, amount);
  }
  const [input, output, cached] = ["input", "output", "cached"].map((name) => prices.get(name));
  if (input === undefined || output === undefined) {
    const missing = value.entries.some((entry) => entry.name.text === "input") ? "output" : "input";
    if (!value.entries.some((entry) => entry.name.text === missing))
      report.error("RT2007", file, value.span, `the price of ${missing} is missing`, {
        help: "both are per million tokens: `price { input $0.10, output $0.30 }`",
      });
    return undefined;
  }
  return { input, output, ...(cached !== undefined && { cached }) };
}
