/** Signals: what is computed from a request. */
import type { AttributeType, SignalFrom, Signal as TableSignal } from "../../runtime/table/artifact.ts";
import { readWeights } from "../../runtime/table/classifier-weights.ts";
import { LANGUAGES } from "../../runtime/table/languages.ts";
import { nearest } from "../diagnostics/index.ts";
import { checkRegex, tablePattern } from "../strings/index.ts";
import type { Field, SignalDeclaration, SignalSource } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { checkType } from "./attributes.ts";
import type { Declared } from "./names.ts";
import type { Attribute, ProgramFile, Signal } from "./program.ts";
import { didYouMean, orExpected } from "./report.ts";
import type { Scope } from "./scope.ts";
import { describeType, type Type, valueRange } from "./types.ts";
import { checkValue } from "./values.ts";

type DeclaredSignal = Extract<Declared, { kind: "signal" }>;
type SourceOf<K extends SignalSource["kind"]> = Extract<SignalSource, { kind: K }>;

/** The types that a source can give; undefined where it can give any. */
const GIVES: Readonly<Record<string, readonly Type["kind"][] | undefined>> = {
  patterns: ["bool"],
  keywords: ["bool"],
  similar: ["bool"],
  classifier: ["score", "enum"],
  ask: ["enum", "bool", "score"],
  language: ["enum"],
};
/** Sources that ask somebody, who may not answer. */
const FALLIBLE: readonly string[] = ["ask", "http", "similar", "module"];
const HTTP_FIELDS = ["residency", "price"];
const NAMED_PATTERNS = ["email", "iban", "phone", "credit_card"] as const;
/** Milliseconds in an hour: a longer wait before deciding is a slip of the unit. */
const LONGEST = 3_600_000;

/** Undefined when it is faulty, after reporting. */
export function checkSignal({ declaration, file, name }: DeclaredSignal, scope: Scope): Signal | undefined {
  const { report } = scope;
  const { source } = declaration;
  if (source.kind === "unread") return undefined;
  const before = report.diagnostics.length;
  const type = checkType(declaration.type, file.name, report);
  const gives = GIVES[source.kind];
  if (type !== undefined && gives?.includes(type.kind) === false)
    report.error(
      "RT2003",
      file.name,
      declaration.type.span,
      `\`${source.kind}\` gives ${gives.map(describeKind).join(" or ")}: \`${name.text}\` cannot be ${describeKind(type.kind)}`,
    );
  const from = checkSource(source, type, file, scope);
  const timeout = checkTimeout(declaration, file, scope);
  const otherwise = checkOtherwise(declaration, type, file, scope);
  if (type === undefined || from === undefined || report.diagnostics.length > before) return undefined;
  const facts: TableSignal = {
    name: name.text,
    type: type as AttributeType,
    source: from,
    ...(timeout !== undefined && { timeout }),
    ...(otherwise !== undefined && { otherwise }),
  };
  const attribute: Attribute = {
    name: name.text,
    type,
    source: { from: "signal" },
    default: otherwise,
    range: valueRange(type),
  };
  return { facts, attribute, place: { file: file.name, span: name.span } };
}

function describeKind(kind: Type["kind"]): string {
  return kind === "int" || kind === "enum" ? `an ${kind}` : `a ${kind}`;
}

function checkTimeout({ source, timeout }: SignalDeclaration, file: ProgramFile, { report }: Scope) {
  if (timeout === undefined) return undefined;
  if (!FALLIBLE.includes(source.kind)) {
    report.error("RT2006", file.name, timeout.span, `\`${source.kind}\` asks nobody: it has no \`timeout\``);
    return undefined;
  }
  return checkValue(timeout, { kind: "duration" }, [1, LONGEST], file.name, report) as number | undefined;
}

function checkOtherwise(node: SignalDeclaration, type: Type | undefined, file: ProgramFile, { report }: Scope) {
  const { source, otherwise, name } = node;
  const fallible = FALLIBLE.includes(source.kind);
  if (otherwise === undefined) {
    if (fallible && !node.broken)
      report.error(
        "RT2007",
        file.name,
        name.span,
        `signal \`${name.text}\` does not say what to take it for when it cannot be had`,
        {
          help: `\`${source.kind}\` can fail: end it with \`else\` and a value${type ? `, ${describeType(type)}` : ""}`,
        },
      );
    return undefined;
  }
  if (!fallible) {
    report.error("RT2006", file.name, otherwise.span, `\`${source.kind}\` cannot fail: its \`else\` is never taken`);
    return undefined;
  }
  return type && checkValue(otherwise, type, valueRange(type), file.name, report);
}

function checkSource(
  source: SignalSource,
  type: Type | undefined,
  file: ProgramFile,
  scope: Scope,
): SignalFrom | undefined {
  switch (source.kind) {
    case "patterns":
      return checkPatterns(source, file, scope);
    case "keywords":
      return checkKeywords(source, file, scope);
    case "classifier":
      return checkClassifier(source, type, file, scope);
    case "similar":
      return checkSimilar(source, file, scope);
    case "ask":
      return checkAsk(source, type, file, scope);
    case "language":
      checkLanguages(source, type, file, scope);
      return { kind: "language" };
    case "http":
      return checkHttp(source, file, scope);
    case "module":
      return { kind: "module", file: source.file.text };
    case "unread":
      return undefined;
  }
}

function checkPatterns({ items }: SourceOf<"patterns">, file: ProgramFile, { report }: Scope): SignalFrom | undefined {
  const named: (typeof NAMED_PATTERNS)[number][] = [];
  const regexes: ReturnType<typeof tablePattern>[] = [];
  for (const item of items) {
    if ("source" in item) {
      const fault = checkRegex(item.source, item.ignoreCase);
      if (fault === undefined)
        regexes.push(tablePattern({ kind: "regex", source: item.source, ignoreCase: item.ignoreCase }));
      else {
        const start = item.span.start + 1 + fault.offset;
        report.error("RT2012", file.name, { start, end: start + fault.length }, fault.message);
      }
      continue;
    }
    const known = NAMED_PATTERNS.find((pattern) => pattern === item.text);
    if (known === undefined)
      report.error(
        "RT2005",
        file.name,
        item.span,
        `\`${item.text}\` is no pattern: expected ${NAMED_PATTERNS.join(", ")} or a regular expression`,
        {
          ...didYouMean(nearest(item.text, NAMED_PATTERNS)),
        },
      );
    else if (named.includes(known)) report.error("RT2008", file.name, item.span, `\`${known}\` is given twice`);
    else named.push(known);
  }
  return { kind: "patterns", named, regexes };
}

function checkKeywords(
  { items, span }: SourceOf<"keywords">,
  file: ProgramFile,
  { report }: Scope,
): SignalFrom | undefined {
  if (items.length === 0) report.error("RT2007", file.name, span, "`keywords` lists no word");
  for (const item of items)
    if (item.text === "") report.error("RT2004", file.name, item.span, "a keyword is not empty");
  return { kind: "keywords", words: items.map(({ text }) => text) };
}

function checkClassifier(
  { weights }: SourceOf<"classifier">,
  type: Type | undefined,
  file: ProgramFile,
  scope: Scope,
): SignalFrom | undefined {
  const text = scope.assets.text(weights, file);
  // Of another type nothing is told twice.
  if (text === undefined || (type?.kind !== "score" && type?.kind !== "enum")) return undefined;
  const content = parsed(text);
  const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
  const read = isObject ? readWeights(content as Record<string, unknown>, type as AttributeType) : undefined;
  if (typeof read === "object") return { kind: "classifier", weights: content as Record<string, unknown> };
  const message =
    read === undefined
      ? `\`${weights.text}\` is no JSON object`
      : `the weights in \`${weights.text}\` will not do: ${read}`;
  const help = "a classifier's weights are an object, as `routec train classifier` writes them";
  scope.report.error("RT2017", file.name, weights.span, message, { help });
  return undefined;
}

function checkLanguages(
  { span }: SourceOf<"language">,
  type: Type | undefined,
  file: ProgramFile,
  { report }: Scope,
): void {
  if (type?.kind !== "enum") return;
  if (!type.members.includes("other"))
    report.error("RT2007", file.name, span, "a language that is no member is `other`: add `other` to the type");
  for (const member of type.members) {
    if (member === "other" || LANGUAGES.includes(member)) continue;
    const help = `these are: ${LANGUAGES.join(", ")}`;
    report.error("RT2005", file.name, span, `\`${member}\` is no language that is told apart`, { help });
  }
}

function checkSimilar(source: SourceOf<"similar">, file: ProgramFile, scope: Scope): SignalFrom | undefined {
  const { names, report } = scope;
  const embedder = names.resolve(source.embedder, file, ["model"], report);
  const facts = embedder && scope.models.get(embedder.name.text)?.facts;
  if (facts !== undefined && !facts.can.includes("embeddings"))
    report.error("RT2016", file.name, source.embedder.span, `\`${source.embedder.text}\` makes no embeddings`, {
      help: "if it does, say so: `can [embeddings]`",
    });
  const above = checkValue(source.above, { kind: "score" }, [0, 1], file.name, report);
  const examples = checkExamples(source, file, scope);
  if (embedder === undefined || typeof above !== "number" || examples === undefined) return undefined;
  return { kind: "similar", examples, embedder: embedder.name.text, above };
}

/** One JSON text a line, or an object with one as `text`. */
function checkExamples({ examples }: SourceOf<"similar">, file: ProgramFile, scope: Scope): string[] | undefined {
  const content = scope.assets.text(examples, file);
  if (content === undefined) return undefined;
  const found: string[] = [];
  for (const [index, line] of content.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = parsed(line);
    const text = typeof value === "object" && value !== null ? Reflect.get(value, "text") : value;
    if (typeof text === "string" && text !== "") found.push(text);
    else {
      scope.report.error(
        "RT2017",
        file.name,
        examples.span,
        `line ${index + 1} of \`${examples.text}\` is no example`,
        {
          help: 'expected one a line, as `"text"` or `{ "text": "…" }`',
        },
      );
      return undefined;
    }
  }
  if (found.length > 0) return found;
  scope.report.error("RT2017", file.name, examples.span, `\`${examples.text}\` has no example in it`);
  return undefined;
}

function checkAsk(
  source: SourceOf<"ask">,
  type: Type | undefined,
  file: ProgramFile,
  scope: Scope,
): SignalFrom | undefined {
  const model = scope.names.resolve(source.model, file, ["model"], scope.report)?.name.text;
  if ("kind" in source.prompt) {
    const prompt = scope.assets.text(source.prompt, file);
    return model === undefined || prompt === undefined ? undefined : { kind: "ask", model, prompt };
  }
  const { report } = scope;
  if (type !== undefined && type.kind !== "enum") {
    report.error(
      "RT2003",
      file.name,
      source.span,
      "what members mean is said of an enum: name a prompt's file instead",
    );
    return undefined;
  }
  const members = new Map<string, string>();
  for (const { member, meaning } of source.prompt) {
    if (members.has(member.text)) report.error("RT2008", file.name, member.span, `\`${member.text}\` is given twice`);
    else if (type !== undefined && checkValue(member, type, [0, 0], file.name, report) === undefined) continue;
    members.set(member.text, meaning.text);
  }
  const missing = type?.members.filter((member) => !members.has(member)) ?? [];
  if (missing.length > 0)
    report.error("RT2007", file.name, source.model.span, `what ${listed(missing)} means is not said`, {
      help: "every member of the type is told to the model, each once",
    });
  return model === undefined ? undefined : { kind: "ask", model, members: Object.fromEntries(members) };
}

function checkHttp(source: SourceOf<"http">, file: ProgramFile, { report }: Scope): SignalFrom | undefined {
  const { text, span } = source.url;
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.username !== "")
    report.error(
      "RT2015",
      file.name,
      span,
      `\`${text}\` is not an address: expected one such as \`https://example.com/score\``,
    );
  const seen = new Map<string, Field>();
  for (const field of source.fields ?? []) {
    const { name } = field;
    if (!HTTP_FIELDS.includes(name.text)) {
      const meant = nearest(name.text, HTTP_FIELDS);
      const message = orExpected(`an \`http\` signal has no field \`${name.text}\``, HTTP_FIELDS, meant);
      report.error("RT2006", file.name, name.span, message, didYouMean(meant));
    } else if (seen.has(name.text)) report.error("RT2008", file.name, name.span, `\`${name.text}\` is given twice`);
    seen.set(name.text, field);
  }
  const residency = seen.get("residency")?.value;
  const price = seen.get("price")?.value;
  if (residency !== undefined && residency.kind !== "word")
    report.error("RT2003", file.name, residency.span, "`residency` takes a name such as `eu`");
  if (price !== undefined && price.kind !== "money")
    report.error("RT2003", file.name, price.span, "`price` of a call takes an amount such as `$0.001`");
  return {
    kind: "http",
    url: text,
    ...(residency?.kind === "word" && { residency: residency.text }),
    ...(price?.kind === "money" && { price: Math.min(price.value, LARGEST) }),
  };
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
