/** Texts that name something: files, models of the catalog, time zones. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { CompletionItemKind } from "vscode-languageserver-protocol";
import { models } from "../../compiler/catalog/index.ts";
import { presetOf } from "../../compiler/program/providers.ts";
import { lookUp, visibleFrom } from "../names/symbols.ts";
import { priceText, tokensText } from "../wording.ts";
import type { Candidate } from "./candidates.ts";
import type { Expected } from "./follow.ts";
import { comparedAt, type Place } from "./place.ts";

export function stringsFor({ roles }: Expected, place: Place): readonly Candidate[] {
  switch (roles[0]) {
    case "policy":
      return filesBeside(place, (name) => name.endsWith(".route"));
    case "file":
      return filesBeside(place, (name) => !name.endsWith(".route"));
    case "in_option":
      return place.tokens.at(-1)?.image === "system" ? filesBeside(place, (name) => !name.endsWith(".route")) : [];
    case "upstream":
      return upstreamIds(place);
    case "in_field":
      return inField(place);
    case "zone":
      return Intl.supportedValuesOf("timeZone").map((zone) => quoted(zone, CompletionItemKind.Constant));
    case "route":
      return [...visibleFrom(place.document, place.workspace)]
        .filter(({ space, text }) => space === "route" && text !== "")
        .map(({ name }) => quoted(name, CompletionItemKind.Interface));
    case "compared":
      return comparedTexts(place);
    default:
      return [];
  }
}

function inField(place: Place): readonly Candidate[] {
  switch (place.tokens.at(-1)?.image) {
    case "like":
      return upstreamIds(place);
    case "answers":
    case "body":
      return filesBeside(place, (name) => !name.endsWith(".route"));
    default:
      return [];
  }
}

function quoted(text: string, kind: CompletionItemKind, detail?: string): Candidate {
  return { label: JSON.stringify(text), kind, detail };
}

/** What the catalog has of the provider that is named before. */
function upstreamIds({ tokens, document, workspace, declaration }: Place): readonly Candidate[] {
  const named = tokens[0]?.image === "model" ? tokens[3]?.image : undefined;
  const name = named ?? (declaration?.kind === "model" ? declaration.provider.text : "");
  const definer = lookUp(name, document, workspace)?.definer;
  const provider =
    definer !== undefined && "kind" in definer && definer.kind === "provider" ? presetOf(definer) : undefined;
  if (provider === undefined) return [];
  return models(provider.id).map(({ id, price, context, note }) => {
    const facts = [
      price && `${priceText(price as Parameters<typeof priceText>[0])} per 1M tokens`,
      context && `${tokensText(context)} context`,
    ];
    return { ...quoted(id, CompletionItemKind.Class, facts.filter(Boolean).join(" · ")), documentation: note };
  });
}

/** Names of models are compared with those that are served, tags with those that models have. */
function comparedTexts(place: Place): readonly Candidate[] {
  const path = comparedAt(place).join(".");
  const visible = [...visibleFrom(place.document, place.workspace)];
  if (path === "model")
    return visible
      .filter(({ space, text }) => space === "route" && text !== "")
      .map(({ name }) => quoted(name, CompletionItemKind.Interface));
  if (path !== "tags") return [];
  const tags = visible.flatMap(({ definer }) =>
    "fields" in definer
      ? definer.fields.flatMap(({ name, value }) => (name.text === "tags" && value.kind === "list" ? value.items : []))
      : [],
  );
  return [...new Set(tags.map(({ text }) => text))].map((tag) => quoted(tag, CompletionItemKind.EnumMember));
}

/** Files below the policy's own folder, as it would name them. */
function filesBeside({ document }: Place, wanted: (name: string) => boolean): readonly Candidate[] {
  const MOST_DEEP = 3;
  const found: Candidate[] = [];
  const visit = (folder: string, prefix: string, depth: number): void => {
    let entries: ReturnType<typeof read>;
    try {
      entries = read(folder);
    } catch {
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory() && depth < MOST_DEEP)
        visit(join(folder, entry.name), `${prefix}${entry.name}/`, depth + 1);
      else if (entry.isFile() && wanted(entry.name) && join(folder, entry.name) !== document.path)
        found.push(quoted(`${prefix}${entry.name}`, CompletionItemKind.File));
    }
  };
  const read = (folder: string) => readdirSync(folder, { withFileTypes: true });
  visit(dirname(document.path), "./", 1);
  return found;
}
