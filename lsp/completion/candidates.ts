/** What could be written in a place, by what the grammar and the program expect there. */
import { CompletionItemKind } from "vscode-languageserver-protocol";
import { preset, presetIds } from "../../compiler/catalog/index.ts";
import { ANSWER } from "../../compiler/program/answers.ts";
import { BUILT_IN_NAMES, BUILT_INS } from "../../compiler/program/builtins.ts";
import { CAPABILITIES } from "../../compiler/program/models.ts";
import { PROTOCOLS } from "../../compiler/program/protocols.ts";
import { SIMULATED_DIALECTS, SIMULATED_FAILURES } from "../../compiler/program/simulated.ts";
import { SCALAR_TYPES, type Type } from "../../compiler/program/types.ts";
import { FAILURES } from "../../runtime/table/artifact.ts";
import { modelNamed } from "../facts.ts";
import { definitionsOf, visibleFrom } from "../names/symbols.ts";
import { MODEL_FACTS, type Over, typeOf, typeText, viewsOf, writtenType } from "../names/types.ts";
import { modelText } from "../wording.ts";
import type { Expected } from "./follow.ts";
import { comparedAt, matchedAt, overOf, type Place, pathBefore } from "./place.ts";
import { SNIPPETS } from "./snippets.ts";
import { stringsFor } from "./texts.ts";
import * as words from "./words.ts";

export interface Candidate {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly detail?: string | undefined;
  readonly documentation?: string | undefined;
  /** A snippet of the protocol, where it is not the label that is inserted. */
  readonly snippet?: string | undefined;
  readonly deprecated?: boolean;
  /** The declared name or keyword that more can be told of. */
  readonly of?: string;
}

/** The kinds of what a file declares. */
type Declares = "attribute" | "provider" | "model" | "signal" | "let" | "meter" | "plan" | "route";

const KINDS: Readonly<Record<Declares, CompletionItemKind>> = {
  attribute: CompletionItemKind.Field,
  provider: CompletionItemKind.Module,
  model: CompletionItemKind.Class,
  signal: CompletionItemKind.Event,
  let: CompletionItemKind.Variable,
  meter: CompletionItemKind.Unit,
  plan: CompletionItemKind.Function,
  route: CompletionItemKind.Interface,
};

/** Each once, what fits best first. */
export function candidatesAt(place: Place): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  const texts = place.expected.filter(({ terminal }) => terminal === "STRING");
  const named = place.expected.filter(({ terminal }) => terminal === "NAME");
  const literals = place.expected.filter(({ literal }) => /^[a-z_]+$/.test(literal ?? ""));
  for (const candidate of [
    ...named.flatMap((expected) => namesFor(expected, place)),
    ...texts.flatMap((expected) => stringsFor(expected, place)),
    ...literals.flatMap((expected) => keywordsFor(expected, place)),
  ])
    if (!found.has(candidate.label)) found.set(candidate.label, candidate);
  return [...found.values()];
}

function namesFor({ roles }: Expected, place: Place): readonly Candidate[] {
  const [role = ""] = roles;
  switch (role) {
    case "preset":
      return presetIds().map((id) => ({
        label: id.replaceAll("-", "_"),
        kind: CompletionItemKind.Module,
        detail: preset(id)?.name,
      }));
    case "type":
      return SCALAR_TYPES.map((label) => ({ label, kind: CompletionItemKind.TypeParameter }));
    case "provider":
    case "model":
    case "attribute":
    case "plan":
    case "route":
      return declared(place, [role]);
    case "target":
      return [...declared(place, ["plan", "model"]), ...askedModel(place)];
    case "callee":
      return declared(place, ["provider", "model"]);
    case "given":
      return declared(place, ["provider", "model", "meter", "signal"]);
    case "sent":
      return [...declared(place, ["attribute"]), ...builtIns()];
    case "request":
    case "models":
    case "answer":
      return subjectsFor(role, place);
    case "view":
      return viewsAfter(pathBefore(place.tokens, place.tokens.length - 1), overOf(roles), place);
    case "capability":
      return plain(CAPABILITIES, CompletionItemKind.EnumMember);
    case "failure":
      return failures(["failed", ...FAILURES]);
    case "simulated_failure":
      return failures(SIMULATED_FAILURES);
    case "unit":
      return plain(roles.includes("speed") ? words.SPEED.units : words.UNITS, CompletionItemKind.Unit);
    case "window":
      return plain(roles.includes("speed") ? words.SPEED.windows : words.WINDOWS, CompletionItemKind.Unit);
    case "quantile":
      return plain(words.QUANTILES, CompletionItemKind.Property);
    case "rate":
      return plain(words.RATES, CompletionItemKind.Property);
    case "weight":
      return plain(words.WEIGHTS, CompletionItemKind.Property);
    case "text_pattern":
      return plain(words.PATTERNS, CompletionItemKind.EnumMember);
    case "answer_fact":
      return plain([...ANSWER.keys()], CompletionItemKind.Property);
    case "option":
      return described(words.OPTIONS);
    case "setting":
      return isAfterRule(place) ? [] : described(words.SETTINGS);
    case "in_option":
      return optionValues(place.tokens.at(-1)?.image);
    case "in_field":
      return fieldValues(place);
    case "meaning":
      return membersOf(place.declaration?.kind === "signal" ? writtenType(place.declaration.type) : undefined);
    default:
      return fieldsOf(role) ?? valuesFor(typeExpected(roles, place));
  }
}

function fieldsOf(role: string): readonly Candidate[] | undefined {
  const fields = words.FIELDS[role];
  return fields && described(fields);
}

function failures(labels: readonly string[]): readonly Candidate[] {
  return labels.map((label) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    documentation: words.FAILURE_MEANINGS[label],
  }));
}

function plain(labels: readonly string[], kind: CompletionItemKind): readonly Candidate[] {
  return labels.map((label) => ({ label, kind }));
}

function described(all: ReadonlyMap<string, string>): readonly Candidate[] {
  return [...all].map(([label, documentation]) => ({ label, kind: CompletionItemKind.Property, documentation }));
}

/** What the file can name, of these kinds. */
function declared(place: Place, kinds: readonly Declares[]): readonly Candidate[] {
  const { document, workspace } = place;
  return [...visibleFrom(document, workspace)].flatMap(({ space, name, definer }): Candidate[] => {
    const kind = kindOf(definer);
    if (kind === undefined || !kinds.includes(kind) || (space !== "name" && space !== "route")) return [];
    const model = kind === "model" ? modelNamed(name, document, workspace) : undefined;
    const type = "source" in definer ? writtenType(definer.type) : undefined;
    return [
      {
        label: kind === "route" && !/^[A-Za-z_]\w*$/.test(name) ? JSON.stringify(name) : name,
        kind: KINDS[kind],
        detail: model !== undefined ? modelText(model.facts) : type !== undefined ? typeText(type) : kind,
        documentation: "doc" in definer && definer.doc.length > 0 ? definer.doc.join("\n") : undefined,
        ...(model?.deprecated && { deprecated: true }),
        of: name,
      },
    ];
  });
}

export function kindOf(definer: object): Declares | undefined {
  if (!("kind" in definer)) return "at" in definer ? "attribute" : undefined;
  return (definer.kind as string) in KINDS ? (definer.kind as Declares) : undefined;
}

/** In a `route each`, the model that was asked for. */
function askedModel({ tokens }: Place): readonly Candidate[] {
  if (tokens[0]?.image !== "route" || tokens[1]?.image !== "each") return [];
  return [{ label: "model", kind: KINDS.model, detail: "the model that was asked for" }];
}

function builtIns(): readonly Candidate[] {
  return [...BUILT_INS.values()].map(({ name, type }) => ({
    label: name,
    kind: CompletionItemKind.Constant,
    detail: `${typeText(type)}, built in`,
  }));
}

function subjectsFor(over: Over, place: Place): readonly Candidate[] {
  if (over === "answer")
    return [...ANSWER.values()].map(({ name, type }) => ({
      label: name,
      kind: CompletionItemKind.Property,
      detail: typeText(type),
    }));
  if (over === "models")
    return [...MODEL_FACTS].map(([label, type]) => ({
      label,
      kind: CompletionItemKind.Property,
      detail: typeText(type),
    }));
  const states = declared(place, ["meter", "provider"]).flatMap(({ label }) =>
    viewsAfter([label], over, place, `${label}.`),
  );
  return [...declared(place, ["attribute", "signal", "let"]), ...builtIns(), ...states];
}

/** What may stand after a dot. */
function viewsAfter(path: readonly string[], over: Over, place: Place, before = ""): readonly Candidate[] {
  const [owner = ""] = path;
  const dotted = over === "models" ? [...MODEL_FACTS.keys()] : [...BUILT_INS.keys()];
  const parts = dotted.filter((name) => name.startsWith(`${owner}.`));
  if (over === "models" || BUILT_IN_NAMES.has(owner))
    return parts.map((name) => {
      const type = typeOf(name.split("."), over, place.document, place.workspace);
      return {
        label: before + name.slice(owner.length + 1),
        kind: CompletionItemKind.Property,
        detail: type && typeText(type),
      };
    });
  const [definition] = definitionsOf({ space: "name", name: owner, document: place.document }, place.workspace);
  return [...((definition && viewsOf(definition.definer)) ?? [])].map(([view, type]) => ({
    label: before + view,
    kind: CompletionItemKind.Property,
    detail: typeText(type),
  }));
}

/** The type of a value that is expected; undefined where it is not known. */
export function typeExpected(roles: readonly string[], place: Place): Type | undefined {
  const { document, workspace, tokens, declaration } = place;
  switch (roles[0]) {
    case "compared":
      return typeOf(comparedAt(place), overOf(roles), document, workspace);
    case "pattern":
      return typeOf(matchedAt(place), "request", document, workspace);
    case "sent_value":
    case "given_value":
      return typeOf(pathBefore(tokens), "request", document, workspace);
    case "answered":
      return typeOf(pathBefore(tokens), "answer", document, workspace);
    case "otherwise":
      return declaration?.kind === "signal" ? writtenType(declaration.type) : undefined;
    case "default": {
      // A default that is not there yet leaves its attribute unread: its type is looked for in the words before it.
      const from = tokens.findLastIndex(({ image }) => image === "from");
      const members: string[] = [];
      for (let i = from - 1; i > 0; i -= 2) {
        members.unshift(tokens[i]?.image.replaceAll('"', "") ?? "");
        if (tokens[i - 1]?.image !== "|") break;
      }
      const [only] = members;
      return members.length > 1 ? { kind: "enum", members } : only === "bool" ? { kind: "bool" } : { kind: "string" };
    }
    default:
      return { kind: "int" };
  }
}

function valuesFor(type: Type | undefined): readonly Candidate[] {
  if (type?.kind === "bool") return plain(["true", "false"], CompletionItemKind.Value);
  return membersOf(type);
}

function membersOf(type: Type | undefined): readonly Candidate[] {
  if (type?.kind !== "enum") return [];
  return type.members.map((member) => ({
    label: /^[A-Za-z_]\w*$/.test(member) ? member : JSON.stringify(member),
    kind: CompletionItemKind.EnumMember,
  }));
}

function optionValues(option: string | undefined): readonly Candidate[] {
  const values: Readonly<Record<string, readonly string[]>> = {
    reasoning: ["none", "minimal", "low", "medium", "high"],
    tools: ["none", "only"],
  };
  return plain(values[option ?? ""] ?? [], CompletionItemKind.EnumMember);
}

function fieldValues({ tokens, document, workspace }: Place): readonly Candidate[] {
  const field = tokens.findLast(({ image }) => /^\w/.test(image) && image !== "env")?.image;
  const list = tokens.findLastIndex(({ image }) => image === "[");
  const listed = tokens.slice(list).every(({ image }) => image !== "]") ? tokens[list - 1]?.image : undefined;
  if (listed === "can") return plain(CAPABILITIES, CompletionItemKind.EnumMember);
  if (listed === "script") return [...failures(SIMULATED_FAILURES), ...plain(["answered"], CompletionItemKind.Value)];
  switch (field) {
    case "protocol":
      return plain(Object.keys(PROTOCOLS), CompletionItemKind.EnumMember);
    case "speaks":
      return plain(SIMULATED_DIALECTS, CompletionItemKind.EnumMember);
    case "price":
      return plain(["free"], CompletionItemKind.Value);
    case "breaker":
      return plain(["off"], CompletionItemKind.Value);
    case "residency":
      return plain(residenciesIn(document, workspace), CompletionItemKind.EnumMember);
    default:
      return [];
  }
}

/** Where models are known to process data. */
export function residenciesIn(document: Place["document"], workspace: Place["workspace"]): readonly string[] {
  const stated = [...visibleFrom(document, workspace)].flatMap(({ definer }) =>
    "fields" in definer ? definer.fields.filter(({ name }) => name.text === "residency") : [],
  );
  return [...new Set(stated.flatMap(({ value }) => (value.kind === "word" ? value.text : [])))];
}

/** Words of the language, with the form that they begin where they begin one. */
function keywordsFor({ literal = "", roles }: Expected, place: Place): readonly Candidate[] {
  const { tokens, expected } = place;
  const has = (other: string): boolean => expected.some((each) => each.literal === other);
  if (literal === "true" || literal === "false")
    return typeExpected(roles, place)?.kind === "bool" ? [keyword(literal)] : [];
  // A condition tests only what it is over.
  if (literal === "judge" && overOf(roles) !== "answer") return [];
  if (literal === "can" && has("judge") && overOf(roles) !== "models") return [];
  const owner = roles.find((role) => role in words.FIELDS);
  const isOfAllowance = literal === "per" || tokens.at(-1)?.image === "per";
  if (owner !== undefined && has("breaker") && !isOfAllowance)
    return words.FIELDS[owner]?.has(literal) ? [keyword(literal)] : [];
  const clauses = has("alert") ? words.CLAUSES[tokens[0]?.image ?? ""] : undefined;
  if (clauses?.includes(literal) === false) return [];
  if (/^(?:for|strict|reuse)$/.test(literal) && has("otherwise") && isAfterRule(place)) return [];
  const isForm = has("import") || has("otherwise") || has("cascade") || literal === "judge" || literal === "with";
  return [{ ...keyword(literal), snippet: isForm ? SNIPPETS.get(literal) : undefined }];
}

function keyword(label: string): Candidate {
  return { label, kind: CompletionItemKind.Keyword, documentation: words.KEYWORD_MEANINGS[label] };
}

/** Whether a rule stands in the block already: settings come before the rules. */
function isAfterRule({ tokens }: Place): boolean {
  return tokens.some(({ image }) => image === "->");
}
