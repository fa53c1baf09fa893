/** Models: what their blocks state, over what the catalog says of them. */

import { type Provider, spokenBy } from "../../runtime/table/artifact.ts";
import { modelIds, models } from "../catalog/index.ts";
import { nearest } from "../diagnostics/index.ts";
import type { ModelDeclaration, ProviderDeclaration, Word } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { Block, type Owner } from "./block.ts";
import { type CataloguedFacts, entriesLike, factsLike, factsOf } from "./catalogued.ts";
import { warnOfLookAlike } from "./misleading.ts";
import { checkPrice, isPeriod } from "./prices.ts";
import type { DeclaredModel, ProgramFile } from "./program.ts";
import { NOT_BRIDGED, PROTOCOLS } from "./protocols.ts";
import { presetOf } from "./providers.ts";
import { didYouMean, type Extra, type Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { isEmpty } from "./values.ts";
import { refusePerKey } from "./windows.ts";

/** What a model can take, or do. */
export const CAPABILITIES = [
  "tools",
  "vision",
  "audio",
  "pdf",
  "json",
  "logprobs",
  "reasoning",
  "search",
  "embeddings",
];

const OWNER: Owner = {
  what: "a model",
  fields: ["like", "context", "output", "price", "can", "quality", "residency", "tags", "with", "allow"],
  repeats: isPeriod,
};

const TOKENS = [1, LARGEST] as const;

/** Whether a provider should have been the catalog's and is not. */
function isUnknown(node: ProviderDeclaration): boolean {
  const states = (name: string): boolean => node.fields.some((field) => field.name.text === name);
  return (node.broken || states("like") || !states("protocol")) && presetOf(node) === undefined;
}

/** What is known of a model beside its block. */
interface Catalogued {
  /** The id of the catalog's provider. */
  readonly preset: string | undefined;
  readonly facts: CataloguedFacts | undefined;
}

/**
 * Of a declaration whose facts are faulty the findings are reported, and what could be understood is returned. Undefined
 * when the model has no provider, context or price that could be understood.
 */
export function checkModel(node: ModelDeclaration, file: ProgramFile, scope: Scope): DeclaredModel | undefined {
  const { names, report } = scope;
  const provider = names.resolve(node.provider, file, ["provider"], report);
  const block = new Block(node.fields, OWNER, file, scope);
  checkUpstream(node.upstream, file.name, report);
  const catalogued = provider === undefined ? undefined : lookUp(node, block, provider.declaration);
  const like = block.field("like");
  if (catalogued !== undefined && like !== undefined && block.word("like") !== undefined && !catalogued.facts)
    reportLike(like.value as Word, catalogued.preset, file.name, report);
  const known = catalogued?.facts;

  const stated = block.value("context", { kind: "int" }, TOKENS) as number | undefined;
  const context = stated ?? known?.context;
  const output = checkOutput(node, block, context, known?.output, file.name, report);
  const price = checkPrice(block, known?.price, file.name, report);
  const declared = scope.providers.get(node.provider.text)?.facts;
  const protocol = declared && spokenBy(declared);
  const can = checkCapabilities(block, protocol, file.name, report) ?? known?.can ?? [];
  const quality = block.value("quality", { kind: "score" }) as number | undefined;
  const residency = block.word("residency");
  const tags = block.words("tags")?.map(({ text }) => text);
  const options = block.options();
  const allow = block.allowances();
  const statesKey = provider?.declaration.fields.some(({ name }) => name.text === "key");
  if (declared !== undefined && declared.keys === undefined && !statesKey)
    refusePerKey(block, declared, file.name, report);
  // Where the name that facts are looked up under is at fault, that was said.
  const isSaid =
    provider === undefined || isUnknown(provider.declaration) || (like !== undefined && known === undefined);
  if (catalogued !== undefined && !node.broken && !isSaid) checkMissing(node, block, catalogued, file.name, report);
  if (provider === undefined || context === undefined || price === undefined) return undefined;
  const facts = {
    name: node.name.text,
    provider: node.provider.text,
    upstream: node.upstream.text,
    context,
    output: output ?? context,
    price,
    can: [...can],
    ...(quality !== undefined && { quality }),
    ...(residency !== undefined && { residency }),
    ...(tags && { tags }),
    ...(options && { with: options }),
    ...(allow && allow.length > 0 && { allow }),
  };
  return { facts, note: known?.note, place: { file: file.name, span: node.span } };
}

function checkUpstream(upstream: Word, file: string, report: Report): void {
  warnOfLookAlike(upstream, file, report);
  if (isEmpty(upstream))
    report.error(
      "RT2004",
      file,
      upstream.span,
      "a model is asked for by the name that its provider knows: this one is empty",
    );
}

/** What the catalog has of a model. It is not opened for one that states everything itself. */
function lookUp(node: ModelDeclaration, block: Block, provider: ProviderDeclaration): Catalogued {
  const like = block.field("like")?.value;
  if (like === undefined && ["context", "output", "price", "can"].every((name) => block.field(name) !== undefined))
    return { preset: undefined, facts: undefined };
  const preset = presetOf(provider)?.id;
  if (like !== undefined) return { preset, facts: like.kind === "word" ? factsLike(preset, like.text) : undefined };
  return { preset, facts: preset === undefined ? undefined : factsOf(preset, node.upstream.text) };
}

function reportLike({ text, span }: Word, preset: string | undefined, file: string, report: Report): void {
  report.error("RT2001", file, span, `the catalog has no model \`${text}\``, {
    ...(preset !== undefined && didYouMean(nearest(text, modelIds(preset)))),
  });
}

/** What the block states, else what is catalogued as far as the context holds it. */
function checkOutput(
  node: ModelDeclaration,
  block: Block,
  context: number | undefined,
  catalogued: number | undefined,
  file: string,
  report: Report,
): number | undefined {
  const output = block.value("output", { kind: "int" }, TOKENS) as number | undefined;
  if (output === undefined)
    return catalogued === undefined || context === undefined ? undefined : Math.min(catalogued, context);
  const field = block.field("output");
  const contextField = block.field("context");
  if (field !== undefined && context !== undefined && output > context)
    report.error(
      "RT2004",
      file,
      field.value.span,
      `model \`${node.name.text}\` cannot write more than its \`context\` holds`,
      {
        help: "`context` is how many tokens it can read and write together, `output` how many of them it can write",
        related: [
          contextField === undefined
            ? { file, span: node.upstream.span, message: `its context is ${context} tokens, says the catalog` }
            : { file, span: contextField.value.span, message: "its context" },
        ],
      },
    );
  return output;
}

function checkCapabilities(
  block: Block,
  protocol: Provider["protocol"] | undefined,
  file: string,
  report: Report,
): string[] | undefined {
  return block.words("can")?.flatMap(({ text, span }) => {
    if (protocol !== undefined && PROTOCOLS[protocol].bridged === true && NOT_BRIDGED.includes(text)) {
      report.error("RT2016", file, span, `\`${text}\` is lost on the way to a provider of protocol \`${protocol}\``, {
        help: "it is spoken over the AI SDK, which has no word for it: docs/dialects.md says what else it loses",
      });
      return [];
    }
    if (CAPABILITIES.includes(text)) return [text];
    report.error(
      "RT2005",
      file,
      span,
      `\`${text}\` is no capability: expected ${CAPABILITIES.join(", ")}`,
      didYouMean(nearest(text, CAPABILITIES)),
    );
    return [];
  });
}

/** What neither the block nor the catalog states, and cannot be guessed. */
function checkMissing(
  node: ModelDeclaration,
  block: Block,
  { preset, facts }: Catalogued,
  file: string,
  report: Report,
): void {
  const missing = (["context", "price"] as const).filter(
    (name) => block.lacks(name) && (facts === undefined || facts[name] === undefined),
  );
  if (missing.length === 0) return;
  const { upstream } = node;
  const like = block.word("like");
  const [entry, another] = like === undefined ? [] : entriesLike(preset, like);
  const state = `state ${missing.map((name) => HOW_TO_STATE[name]).join(", and ")}`;

  let but = "";
  let extra: Extra = { help: state };
  if (facts === undefined && preset !== undefined) {
    but = `, and the catalog has no \`${upstream.text}\` of \`${preset}\``;
    extra = nearestModels(upstream, preset, file, state);
  } else if (entry !== undefined && another !== undefined) {
    but = `, and the catalog has several \`${like}\` that differ`;
    extra = { help: `name one, such as \`like "${entry.preset}/${entry.id}"\`, or ${state}` };
  } else if (facts !== undefined) {
    but = ", and the catalog does not either";
    if (facts.note !== undefined)
      extra = { ...extra, related: [{ file, span: upstream.span, message: `the catalog notes: ${facts.note}` }] };
  }
  const its = missing.map((name) => `its \`${name}\``).join(" and ");
  report.error("RT2007", file, node.name.span, `model \`${node.name.text}\` does not state ${its}${but}`, extra);
}

const HOW_TO_STATE = {
  context: "`context 128k`, the tokens that it can read and write together",
  price: "`price { input $0.10, output $0.30 }`, for a million tokens, or `price free`",
};

/** The id that is nearly the one written, and the newest of those that go on where it ends. */
function nearestModels({ text, span }: Word, preset: string, file: string, state: string): Extra {
  const near = nearest(text, modelIds(preset));
  const longer = models(preset)
    .filter(({ id }) => text.length > 2 && id !== near && id.startsWith(text))
    .sort((a, b) => (b.released ?? "").localeCompare(a.released ?? ""))
    .map(({ id }) => id);
  const [first, ...others] = [...(near === undefined ? [] : [near]), ...longer].slice(0, 3);
  if (first === undefined) return { help: state };
  const meant = [first, ...others].map((id) => `\`${id}\``).join(", ");
  return {
    help: `did you mean ${meant}? if not, ${state}`,
    ...(others.length === 0 && {
      fix: { title: `ask for \`${first}\``, edits: [{ file, span, text: JSON.stringify(first) }], unsafe: true },
    }),
  };
}
