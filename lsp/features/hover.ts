/** `textDocument/hover`: what a name is, and what is known of it. */
import { type Hover, MarkupKind } from "vscode-languageserver-protocol";
import { preset } from "../../compiler/catalog/index.ts";
import { ANSWER } from "../../compiler/program/answers.ts";
import { BUILT_INS } from "../../compiler/program/builtins.ts";
import { presetOf } from "../../compiler/program/providers.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import { endOf, isName } from "../../compiler/syntax/tokens.ts";
import type { Worst } from "../checking/understanding.ts";
import * as words from "../completion/words.ts";
import { modelNamed, worstOfPlan } from "../facts.ts";
import { type Definition, definitionsOf, occurrenceAt } from "../names/symbols.ts";
import { MODEL_FACTS, typeText, viewsOf, writtenType } from "../names/types.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import { durationText, moneyText, priceText, tokensText } from "../wording.ts";
import type { Workspace } from "../workspace.ts";

export function hover(document: Document, offset: number, workspace: Workspace): Hover | undefined {
  const occurrence = occurrenceAt(document, offset);
  const [definition] = occurrence === undefined ? [] : definitionsOf(occurrence, workspace);
  if (occurrence !== undefined && definition !== undefined)
    return shown(describe(definition, workspace), occurrence.span, document);
  return hoverOverWord(document, offset, workspace);
}

function shown(value: string, span: { start: number; end: number }, document: Document): Hover {
  return { contents: { kind: MarkupKind.Markdown, value }, range: document.positions.range(span) };
}

/** Words that nothing declares: what is built in, and the language's own. */
function hoverOverWord(document: Document, offset: number, workspace: Workspace): Hover | undefined {
  const { start, piece } = document.pieceAt(offset);
  const at = piece.tokens.findIndex((token) => token.startOffset <= offset - start && offset - start < endOf(token));
  const token = piece.tokens[at];
  if (token === undefined) return undefined;
  const span = moved({ start: token.startOffset, end: endOf(token) }, start);
  const { image } = token;
  const [owner, dot] = [piece.tokens[at - 2]?.image, piece.tokens[at - 1]?.image];
  const name = dot === "." ? `${owner}.${image}` : image;
  const builtIn = BUILT_INS.get(name);
  if (builtIn !== undefined) return shown(code(`${name} ${typeText(builtIn.type)}`, "built in"), span, document);
  if (dot === "." && owner !== undefined) {
    const [of] = definitionsOf({ space: "name", name: owner, document }, workspace);
    const type = of && viewsOf(of.definer)?.get(image);
    if (type !== undefined) return shown(code(`${name} ${typeText(type)}`, `state of \`${owner}\``), span, document);
  }
  const worst =
    image === "->" || image === "when" || image === "otherwise" ? worstAt(document, offset, workspace) : undefined;
  const meaning =
    words.KEYWORD_MEANINGS[image] ??
    words.FAILURE_MEANINGS[image] ??
    words.OPTIONS.get(image) ??
    Object.values(words.FIELDS)
      .find((fields) => fields.has(image))
      ?.get(image);
  const dead = decidedBefore(document, span, workspace);
  const fact = MODEL_FACTS.get(name) ?? ANSWER.get(name)?.type;
  if ([meaning, worst, fact, dead].every((known) => known === undefined)) return undefined;
  const typed = fact === undefined || !isName(token) ? undefined : code(`${name} ${typeText(fact)}`);
  const said = typed ?? (meaning === undefined ? undefined : `\`${image}\`: ${meaning}`);
  return shown(
    [said, dead, worst && worstLines(worst)].filter((part) => part !== undefined).join("\n\n"),
    span,
    document,
  );
}

/** Of the innermost rule at an offset. */
function worstAt(document: Document, offset: number, workspace: Workspace): Worst | undefined {
  const around = workspace
    .foundIn(document, ({ rules }) => rules)
    .filter(({ span }) => span.start <= offset && offset <= span.end);
  return around.toSorted((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0]?.worst;
}

/** What takes all requests of a rule that is never reached, at an offset within it. */
function decidedBefore(document: Document, { start, end }: Span, workspace: Workspace): string | undefined {
  const found = workspace
    .findingsIn(document)
    .find(({ span, diagnostic }) => diagnostic.code === "RT3002" && span.start <= start && end <= span.end);
  if (found === undefined) return undefined;
  const takers = found.related.flatMap(({ path, span, message }) => {
    const other = workspace.at(path);
    const line = other === undefined ? 0 : other.positions.position(span.start).line + 1;
    return other === undefined ? [] : [`- line ${line} ${message}: \`${other.text.slice(span.start, span.end)}\``];
  });
  return [found.diagnostic.message, ...takers].join("\n");
}

function code(text: string, more?: string): string {
  return ["```route", text, "```", ...(more === undefined ? [] : [more])].join("\n");
}

/** What there is to tell of a declaration, in Markdown. */
export function describe(definition: Definition, workspace: Workspace): string {
  const { definer, document, name, space } = definition;
  const parts: (string | undefined)[] = [code(written(definition))];
  if (space === "member") parts.push(`a member of \`${name.slice(0, name.lastIndexOf("."))}\``);
  if ("doc" in definer && definer.doc.length > 0) parts.push(definer.doc.join("\n"));
  parts.push(factsOf(definition, document, workspace));
  return parts.filter((part) => part !== undefined && part !== "").join("\n\n");
}

/** The declaration on one line, cut where it is long. */
function written({ definer, document, base }: Definition): string {
  const LONGEST = 160;
  const { start, end } = moved(definer.span, base);
  const text = document.text.slice(start, Math.min(end, start + 4 * LONGEST)).replace(/\s+/g, " ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function factsOf({ definer, name, base }: Definition, document: Document, workspace: Workspace): string | undefined {
  if (!("kind" in definer)) return attributeFacts(definer.source.text);
  switch (definer.kind) {
    case "model":
      return modelFacts(name, document, workspace);
    case "plan": {
      const worst = worstOfPlan(name, document, workspace);
      return worst && worstLines(worst);
    }
    case "provider": {
      const known = presetOf(definer);
      return (
        known &&
        `${known.name}, ${known.protocol ?? `\`${known.package}\``}${known.url === undefined ? "" : ` at ${known.url}`}`
      );
    }
    case "signal": {
      const type = writtenType(definer.type);
      return type && `gives ${typeText(type)}`;
    }
    case "route": {
      const rules = workspace
        .foundIn(document, (understanding) => understanding.rules)
        .filter(
          ({ span }) => moved(definer.span, base).start <= span.start && span.end <= moved(definer.span, base).end,
        );
      const dearest = Math.max(...rules.map(({ worst }) => worst.cost));
      return rules.length === 0
        ? undefined
        : `${rules.length} ${rules.length === 1 ? "rule" : "rules"}, at worst ${moneyText(dearest)} a request`;
    }
    default:
      return undefined;
  }
}

function attributeFacts(source: string): string {
  return source === "claim" ? "trusted: of the authenticated caller" : "not trusted: what the client says";
}

function modelFacts(name: string, document: Document, workspace: Workspace): string | undefined {
  const model = modelNamed(name, document, workspace);
  if (model === undefined) return undefined;
  const { price, context, output, can, residency, quality, tags } = model.facts;
  const rows: [string, string | undefined][] = [
    ["price", price.input === 0 && price.output === 0 ? "free" : `${priceText(price)} per 1M tokens`],
    ["context", `${tokensText(context)} tokens, ${tokensText(output)} of output`],
    ["can", can.length === 0 ? undefined : can.join(", ")],
    ["residency", residency],
    ["quality", quality === undefined ? undefined : String(quality)],
    ["tags", tags?.join(", ")],
    ["provider", preset(model.facts.provider)?.name],
  ];
  const facts = rows.flatMap(([title, value]) => (value === undefined ? [] : [`- ${title}: ${value}`]));
  return [facts.join("\n"), model.note].filter((part) => part !== undefined).join("\n\n");
}

export function worstLines({ cost, attempts, time, models }: Worst): string {
  if (models.length === 0) return "asks no model";
  return [
    `- at worst ${moneyText(cost)} a request, with a prompt and an answer as long as the models allow`,
    `- at most ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    `- first content ${Number.isFinite(time) ? `within ${durationText(time)}` : "within the route's deadline"}`,
    `- reaches ${models.map((model) => `\`${model}\``).join(", ")}`,
  ].join("\n");
}
