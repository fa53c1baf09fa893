/** Providers: what their blocks state, with what the catalog says of the provider of that name. */
import type { Breaker, Provider, ProviderHeader, Text } from "../../runtime/table/artifact.ts";
import { type Preset, preset, presetIds, quirksAt } from "../catalog/index.ts";
import { nearest } from "../diagnostics/index.ts";
import type { ProviderDeclaration, Span } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { Block, type Owner } from "./block.ts";
import { readObject } from "./json-file.ts";
import { LONGEST_WAIT } from "./options.ts";
import type { DeclaredProvider, ProgramFile } from "./program.ts";
import { PROTOCOLS, SIMULATED_FIELDS } from "./protocols.ts";
import { didYouMean, type Extra, helpWith, type Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { checkSimulated } from "./simulated.ts";
import { checkValue } from "./values.ts";
import { refusePerKey } from "./windows.ts";

/** Fields that only some protocols take. */
const PROTOCOL_FIELDS = ["url", "key", "region", "project", "credentials", "header", "body", ...SIMULATED_FIELDS];

const OWNER: Owner = {
  what: "a provider",
  fields: ["protocol", "like", "residency", "breaker", "with", "allow", ...PROTOCOL_FIELDS],
  repeats: (field) => field.name.text === "header",
};

const PROTOCOL_NAMES = Object.keys(PROTOCOLS).filter((name) => name !== "ai_sdk") as Provider["protocol"][];

/** After five failures within half a minute a model rests for ten seconds. */
const BREAKER: Breaker = { failures: 5, window: 30_000, rest: 10_000 };

/** Headers that routec or HTTP itself sets (RFC 9110, section 7.6.1), and those by which keys are sent. */
const OWN_HEADERS =
  /^(?:accept-encoding|connection|content-(?:encoding|length|type)|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;
const KEY_HEADERS = /^(?:authorization|api-key|x-api-key|x-goog-api-key)$/i;

/**
 * The catalog's provider that a declaration means: the one that `like` names, else the one whose id is its name, or is
 * its name with hyphens for the underscores, if that is one provider only. A simulated provider is none by its name.
 */
export function presetOf({ name, fields }: ProviderDeclaration): Preset | undefined {
  const word = (field: string): string | undefined => {
    const value = fields.find((each) => each.name.text === field)?.value;
    return value?.kind === "word" ? value.text : undefined;
  };
  if (fields.some((field) => field.name.text === "like")) return preset(word("like") ?? "");
  if (word("protocol") === "simulated" || name.text === "") return undefined;
  const found = preset(name.text);
  if (found !== undefined || !name.text.includes("_")) return found;
  const [only, another] = presetIds().filter((id) => id.replaceAll("-", "_") === name.text);
  return only !== undefined && another === undefined ? preset(only) : undefined;
}

/** Of a declaration whose facts are faulty the findings are reported, and what could be understood is returned. */
export function checkProvider(node: ProviderDeclaration, file: ProgramFile, scope: Scope): DeclaredProvider {
  const { report } = scope;
  const block = new Block(node.fields, OWNER, file, scope);
  checkLike(block, file.name, report);
  // One that says what it speaks and where is not the catalog's, whatever its name: it may need no key.
  const isWhole = block.field("protocol") !== undefined && block.field("url") !== undefined;
  const known = isWhole && block.field("like") === undefined ? undefined : presetOf(node);
  const spoken = checkProtocol(node, known, block, file.name, report);
  const protocol = spoken?.protocol ?? "openai";
  const takes = (field: string): boolean => spoken === undefined || PROTOCOLS[protocol].takes.includes(field);
  for (const name of PROTOCOL_FIELDS) {
    const field = block.field(name);
    if (field !== undefined && !takes(name))
      report.error(
        "RT2006",
        file.name,
        field.name.span,
        `a provider of protocol \`${protocol}\` has no \`${name}\``,
        helpWith(SIMULATED_FIELDS.includes(name) ? "it is for a provider of `protocol simulated`" : undefined),
      );
  }
  const url = takes("url") ? (checkUrl(block, file.name, report) ?? addressOf(protocol, known)) : undefined;
  if (spoken !== undefined && !node.broken) checkNeeds(node, block, protocol, known, url, file.name, report);
  const keys = takes("key") ? (checkKeys(block, file.name, report) ?? keysOf(block, known)) : undefined;
  const residency = block.word("residency");
  const options = block.options();
  const breaker = checkBreaker(block, file.name, report);
  const headers = takes("header") ? checkHeaders(block, file.name, report) : [];
  const body = takes("body") ? checkBody(block, protocol, file, scope) : undefined;
  const allow = block.allowances();
  if (spoken !== undefined && keys === undefined && block.lacks("key"))
    refusePerKey(block, { name: node.name.text, protocol }, file.name, report);
  const simulated = protocol === "simulated" ? checkSimulated(block, file, scope) : undefined;
  const facts: Provider = {
    name: node.name.text,
    protocol,
    ...(spoken?.package !== undefined && { package: spoken.package }),
    ...(url !== undefined && { url }),
    ...(keys && { keys }),
    ...textsOf(block, (["region", "project", "credentials"] as const).filter(takes)),
    ...(residency !== undefined && { residency }),
    ...(breaker && { breaker }),
    ...(headers.length > 0 && { headers }),
    ...(body && { body }),
    ...quirksOf(protocol, known, url),
    ...(simulated && { simulated }),
    ...(options && { with: options }),
    ...(allow && allow.length > 0 && { allow }),
  };
  return { facts, place: { file: file.name, span: node.span } };
}

function textsOf<Name extends string>(block: Block, names: readonly Name[]): Partial<Record<Name, Text>> {
  const texts: Partial<Record<Name, Text>> = {};
  for (const name of names) {
    const text = block.text(name);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

function checkLike(block: Block, file: string, report: Report): void {
  const id = block.word("like");
  const field = block.field("like");
  if (id === undefined || field === undefined || preset(id) !== undefined) return;
  report.error(
    "RT2001",
    file,
    field.value.span,
    `the catalog has no provider \`${id}\``,
    didYouMean(nearest(id, presetIds())),
  );
}

/** Undefined when it is not known, after reporting. */
function checkProtocol(
  node: ProviderDeclaration,
  known: Preset | undefined,
  block: Block,
  file: string,
  report: Report,
): Pick<Provider, "protocol" | "package"> | undefined {
  const field = block.field("protocol");
  if (field === undefined) {
    if (known?.protocol !== undefined) return { protocol: known.protocol };
    if (known !== undefined) return { protocol: "ai_sdk", package: known.package };
    if (block.lacks("protocol") && block.lacks("like") && !node.broken)
      report.error(
        "RT2007",
        file,
        node.name.span,
        `provider \`${node.name.text}\` does not say its \`protocol\`, and the catalog has none of that name`,
        protocolHelp(node, file),
      );
    return undefined;
  }
  const { value } = field;
  if (value.kind === "sdk") {
    const { text, span } = value.package;
    if (/^(?:@[a-z0-9][\w.~-]*\/)?[a-z0-9][\w.~-]*(?:\/\w[\w.~-]*)*$/.test(text))
      return { protocol: "ai_sdk", package: text };
    report.error("RT2004", file, span, `\`${text}\` is no npm package: expected one such as \`@ai-sdk/mistral\``);
    return undefined;
  }
  const text = block.word("protocol");
  const protocol = PROTOCOL_NAMES.find((name) => name === text);
  if (protocol !== undefined) return { protocol };
  if (text === "ai_sdk") block.wrong(field, 'a package after `ai_sdk`, such as `ai_sdk "@ai-sdk/mistral"`');
  else if (text !== undefined)
    report.error(
      "RT2005",
      file,
      value.span,
      `\`${text}\` is no protocol: expected one of ${PROTOCOL_NAMES.join(", ")}, or \`ai_sdk "package"\``,
      didYouMean(nearest(text, PROTOCOL_NAMES)),
    );
  return undefined;
}

function protocolHelp({ name, fields, span }: ProviderDeclaration, file: string): Extra {
  const otherwise = "write `protocol openai` for OpenAI and what speaks its protocol, or `protocol simulated`";
  const id = nearest(name.text, presetIds());
  if (id === undefined) return { help: otherwise };
  const like = `like ${JSON.stringify(id)}`;
  const first = fields[0]?.span.start;
  const edit =
    first !== undefined
      ? { span: { start: first, end: first }, text: `${like}  ` }
      : { span: { start: name.span.end, end: span.end }, text: ` { ${like} }` };
  return {
    help: `did you mean \`${id}\`? if not, ${otherwise}`,
    fix: { title: `take the facts of \`${id}\``, edits: [{ file, ...edit }], unsafe: true },
  };
}

/** Where a provider is that does not say so; undefined where that cannot be known, or follows from its region. */
function addressOf(protocol: Provider["protocol"], known: Preset | undefined): string | undefined {
  if (known === undefined) return PROTOCOLS[protocol].url;
  return known.protocol === undefined || known.protocol === protocol ? known.url : undefined;
}

/** How it departs from OpenAI's dialect: as the catalog's provider does, or who is at its address. */
function quirksOf(
  protocol: Provider["protocol"],
  known: Preset | undefined,
  url: Text | undefined,
): Pick<Provider, "quirks"> {
  if (protocol !== "openai" && protocol !== "azure") return {};
  const whose = known ?? (protocol === "azure" ? preset("azure") : undefined);
  const address = whose?.url ?? whose?.url_template ?? url;
  const quirks = typeof address === "string" ? quirksAt(address) : undefined;
  if (quirks === undefined) return {};
  if (protocol !== "azure" || hasAzureResponses(url)) return { quirks };
  const { responses: _responses, ...others } = quirks;
  return { quirks: others };
}

/** Below the address of a deployment, which is Azure's older form, there are no responses; and who knows what a variable holds. */
function hasAzureResponses(url: Text | undefined): boolean {
  return typeof url === "string" && /\/openai\/v1(?:\/|$)/.test(url);
}

/** What a provider of this protocol must state and does not. */
function checkNeeds(
  node: ProviderDeclaration,
  block: Block,
  protocol: Provider["protocol"],
  known: Preset | undefined,
  url: Text | undefined,
  file: string,
  report: Report,
): void {
  const { needs, url: usual } = PROTOCOLS[protocol];
  const needed = usual === undefined ? needs : ["url", ...needs];
  const missing = needed.filter((name) => block.lacks(name) && !(name === "url" && url !== undefined));
  if (missing.length === 0) return;
  const help =
    missing[0] !== "url"
      ? `name the environment variable that holds ${missing.length > 1 ? "each" : "it"}, such as \`${missing[0]} env "NAME"\`, or write it out`
      : known?.protocol !== undefined && known.protocol !== protocol
        ? `the catalog knows only where it speaks \`${known.protocol}\``
        : `each account has its own${known?.url_template === undefined ? "" : `: \`${known.url_template}\``}`;
  report.error(
    "RT2007",
    file,
    node.name.span,
    `provider \`${node.name.text}\` does not state its ${missing.map((name) => `\`${name}\``).join(", ")}`,
    { help },
  );
}

/** The address that a provider states. */
function checkUrl(block: Block, file: string, report: Report): Text | undefined {
  const field = block.field("url");
  if (field === undefined) return undefined;
  if (field.value.kind === "word" && field.value.quoted) {
    checkAddress(field.value.text, field.value.span, file, report);
    return field.value.text;
  }
  return block.text("url");
}

function checkAddress(text: string, span: Span, file: string, report: Report): void {
  const url = URL.parse(text);
  const fault = /[{}]/.test(text)
    ? "what stands in braces is to be replaced by your own"
    : url === null || !["http:", "https:"].includes(url.protocol)
      ? "expected an address such as `https://api.example.com/v1`"
      : url.username !== "" || url.password !== ""
        ? "credentials do not belong in an address: use `key`"
        : url.search !== "" || url.hash !== ""
          ? "a base address has no `?` and no `#`"
          : undefined;
  if (fault !== undefined) report.error("RT2015", file, span, `\`${text}\` is not a provider's address: ${fault}`);
}

function checkKeys(block: Block, file: string, report: Report): Text[] | undefined {
  const field = block.field("key");
  if (field === undefined) return undefined;
  if (field.value.kind === "env") return block.variables(field.value);
  if (field.value.kind !== "word" || !field.value.quoted) return block.wrong(field, '`env "NAME"`');
  report.error("RT2003", file, field.value.span, "a key does not belong in a policy", {
    help: 'name the environment variable that holds it: `key env "NAME"`',
  });
  return undefined;
}

/** The usual one of the catalog's variables, where no other credentials are stated. */
function keysOf(block: Block, known: Preset | undefined): Text[] | undefined {
  const [usual] = known?.keys ?? [];
  return usual === undefined || block.field("credentials") !== undefined ? undefined : [{ env: usual }];
}

/** Undefined where there is none to be. */
function checkBreaker(block: Block, file: string, report: Report): Breaker | undefined {
  const field = block.field("breaker");
  if (field === undefined) return BREAKER;
  const { value } = field;
  if (value.kind === "word" && value.text === "off") return undefined;
  if (value.kind !== "breaker")
    return block.wrong(field, "`off`, or a block such as `{ trip after 5 failures in 30s, rest 10s }`");
  const failures = checkValue(value.failures, { kind: "int" }, [1, LARGEST], file, report);
  const window = checkValue(value.window, { kind: "duration" }, [1, LONGEST_WAIT], file, report);
  const rest = checkValue(value.rest, { kind: "duration" }, [1, LONGEST_WAIT], file, report);
  return {
    failures: (failures as number | undefined) ?? BREAKER.failures,
    window: (window as number | undefined) ?? BREAKER.window,
    rest: (rest as number | undefined) ?? BREAKER.rest,
  };
}

function checkHeaders(block: Block, file: string, report: Report): ProviderHeader[] {
  const seen = new Map<string, Span>();
  return block.all("header").flatMap((field) => {
    if (field.value.kind !== "header") {
      block.wrong(field, 'a name and a value, such as `header "x-team" "search"`');
      return [];
    }
    const { header, value } = field.value;
    const { text: name, span } = header;
    const first = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), first ?? span);
    const text = block.textOf(field, value);
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      report.error("RT2004", file, span, `\`${name}\` is no header name: expected one such as \`x-team\``);
    else if (OWN_HEADERS.test(name) || KEY_HEADERS.test(name))
      report.error(
        "RT2004",
        file,
        span,
        `\`${name}\` is set by routec`,
        helpWith(
          KEY_HEADERS.test(name) ? 'name the environment variable that holds the key: `key env "NAME"`' : undefined,
        ),
      );
    else if (first !== undefined)
      report.error("RT2008", file, span, `the header \`${name}\` is given twice`, {
        related: [{ file, span: first, message: "first given here" }],
      });
    // Visible ASCII, spaces and tabs (RFC 9110, section 5.5, without what is obsolete).
    else if (typeof text === "string" && /[^\t\x20-\x7e]/.test(text))
      report.error("RT2004", file, value.span, `the header \`${name}\` can hold ASCII characters in one line only`);
    return text === undefined ? [] : [{ name: name.toLowerCase(), value: text }];
  });
}

/** Members of each call's body beside those that routec sets. */
function checkBody(
  block: Block,
  protocol: Provider["protocol"],
  file: ProgramFile,
  scope: Scope,
): Record<string, unknown> | undefined {
  const field = block.field("body");
  if (field === undefined) return undefined;
  if (field.value.kind !== "word" || !field.value.quoted) return block.wrong(field, 'a file such as `"./extra.json"`');
  const { text, span } = field.value;
  const members = readObject(field.value, file, scope);
  if (members === undefined) return undefined;
  const own = Object.keys(members).filter((name) => PROTOCOLS[protocol].sets.includes(name));
  if (own.length === 0) return members;
  const said = own.map((name) => `\`${name}\``).join(", ");
  scope.report.error("RT2004", file.name, span, `\`${text}\` has ${said}, which routec sets`, {
    help: "what a call asks for is the request's to say, or that of `with { … }`",
  });
  return undefined;
}
