/** Where calls to a provider go, with which keys, and what they say besides: its texts with the environment filled in. */
import type { Provider, Text } from "../table/index.ts";
import { type AddMembers, addMembers } from "./body-members.ts";
import { type KeySource, readKeys } from "./key-files.ts";

/** What calls to one provider have in common. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path, and query where the base url has one. */
  readonly path: string;
  /** The same, for responses, for embeddings, and for a count of the tokens of what would be sent to `path`. */
  readonly responses: string;
  readonly embeddings: string;
  readonly countTokens: string;
  /** To be used in turn; none where none is sent. */
  readonly keys: KeySource;
  /** The headers that carry a key, name and value in turn. */
  keyHeaders(key: string): readonly string[];
  /** Headers of its `header` fields, name (in lower case) and value in turn. */
  readonly headers: readonly string[];
  /** Headers of the protocol, for calls that do not state them themselves. */
  readonly defaults: readonly string[];
  /** Adds the members of its `body` file; undefined where it has none. */
  readonly addMembers: AddMembers | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The table names environment variables that are unset or empty. The message lists all of them, and where. */
export class UnsetEnvironmentError extends Error {
  override readonly name = "UnsetEnvironmentError";
}

/** A provider's url or key cannot be used. The message names the provider, never the key. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** How calls are made in a protocol. */
interface Surface {
  /** Where it is spoken when a provider states no url. */
  readonly url: string;
  /** After the base url. */
  readonly path: string;
  /** The headers that carry a key, name and value in turn. */
  key(key: string): readonly string[];
  /** Headers of every call that does not state them. */
  readonly headers: readonly string[];
}

const OPENAI: Surface = {
  url: "https://api.openai.com/v1",
  path: "/chat/completions",
  key: (key) => ["authorization", `Bearer ${key}`],
  headers: [],
};

const SURFACES: Partial<Record<Provider["protocol"], Surface>> = {
  // learn.microsoft.com, "Azure OpenAI in Microsoft Foundry Models v1 API": the deployment is the body's model.
  azure: { ...OPENAI, key: (key) => ["api-key", key] },
  // platform.claude.com, "API overview"
  anthropic: {
    url: "https://api.anthropic.com/v1",
    path: "/messages",
    key: (key) => ["x-api-key", key],
    headers: ["anthropic-version", "2023-06-01"],
  },
};

/** The texts of a table, with the environment filled in. */
export class Texts {
  readonly #env: Environment;
  readonly #unset: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  /** The file that `NAME_FILE` names, where `NAME` itself is not set. */
  file(text: Text): string | undefined {
    return typeof text === "string" || this.#env[text.env] ? undefined : this.#env[`${text.env}_FILE`] || undefined;
  }

  /** `where` stands in the error; the empty text for a variable that is not set. */
  resolve(text: Text, where: string): string {
    if (typeof text === "string") return text;
    const value = this.#env[text.env];
    if (value === undefined || value === "") this.#unset.push(`\`${text.env}\` (${where})`);
    return value ?? "";
  }

  /** Throws `UnsetEnvironmentError` where a variable that was asked for is not set. */
  refuseUnset(): void {
    const unset = this.#unset;
    if (unset.length === 1) throw new UnsetEnvironmentError(`the environment variable ${unset[0]} is not set`);
    if (unset.length > 1) throw new UnsetEnvironmentError(`the environment variables ${unset.join(", ")} are not set`);
  }
}

/** The endpoints of `providers` by name. Throws `UnsetEnvironmentError` and `EndpointError`. */
export function endpoints(providers: readonly Provider[], env: Environment): ReadonlyMap<string, Endpoint> {
  const environment = new Texts(env);
  const resolve = (text: Text, where: string): string => environment.resolve(text, where);
  const texts = providers.map(({ name, protocol, url, keys = [], headers = [], body }) => ({
    name,
    surface: SURFACES[protocol] ?? OPENAI,
    url: resolve(url ?? (SURFACES[protocol] ?? OPENAI).url, `url of provider \`${name}\``),
    keys: keySource(name, keys, environment),
    headers: headers.flatMap((header) => [
      header.name,
      resolve(header.value, `header \`${header.name}\` of provider \`${name}\``),
    ]),
    body,
  }));
  environment.refuseUnset();
  return new Map(texts.map((each) => [each.name, endpoint(each)]));
}

/** A provider's texts, with the environment filled in. */
interface Resolved {
  readonly name: string;
  readonly surface: Surface;
  readonly url: string;
  readonly keys: KeySource;
  readonly headers: readonly string[];
  readonly body: Provider["body"];
}

function endpoint({ name, surface, url, keys, headers, body }: Resolved): Endpoint {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:")) {
    throw new EndpointError(
      `the url of provider \`${name}\` is \`${url}\`, expected one that begins with https:// or http://`,
    );
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new EndpointError(
      `the url of provider \`${name}\` holds a user name or password, expected a \`key\` instead`,
    );
  }
  // Visible characters, spaces and tabs (RFC 9110, section 5.5, without what is obsolete).
  const odd = headers.findIndex((text) => /[^\t\x20-\x7e]/.test(text));
  if (odd !== -1) {
    throw new EndpointError(
      `the header \`${headers[odd - 1]}\` of provider \`${name}\` holds a character that no header can, such as a line break`,
    );
  }
  return {
    origin: parsed.origin,
    path: `${parsed.pathname.replace(/\/+$/, "")}${surface.path}${parsed.search}`,
    countTokens: `${parsed.pathname.replace(/\/+$/, "")}${surface.path}/count_tokens${parsed.search}`,
    responses: `${parsed.pathname.replace(/\/+$/, "")}/responses${parsed.search}`,
    embeddings: `${parsed.pathname.replace(/\/+$/, "")}/embeddings${parsed.search}`,
    keys,
    keyHeaders: surface.key,
    headers,
    defaults: without(surface.headers, headers),
    addMembers: body && addMembers(body),
  };
}

/** A key, or the file that holds some. */
type KeyPlace = { readonly key: string } | { readonly file: string };

/** The keys of provider `name`, with the environment filled in. */
export function keySource(name: string, keys: readonly Text[], environment: Texts): KeySource {
  const places = keys.map((key): KeyPlace => {
    const file = environment.file(key);
    return file === undefined ? { key: environment.resolve(key, `key of provider \`${name}\``) } : { file };
  });
  return {
    files: places.flatMap((place) => ("file" in place ? [place.file] : [])),
    read: () => keysAt(name, places),
  };
}

/** Throws `EndpointError`. */
function keysAt(name: string, places: readonly KeyPlace[]): readonly string[] {
  const keys = places.flatMap((place) => ("file" in place ? keysOfFile(name, place.file) : [place.key]));
  // What a header may hold (RFC 9110, section 5.5), without spaces, which no key has and a careless copy often adds.
  const bad = keys.findIndex((key) => !/^[\x21-\x7e]+$/.test(key));
  if (bad === -1) return keys;
  throw new EndpointError(
    `key ${bad + 1} of provider \`${name}\` holds a character that no key has, such as a space or a line break`,
  );
}

function keysOfFile(name: string, file: string): readonly string[] {
  try {
    const keys = readKeys(file);
    if (keys.length > 0) return keys;
  } catch (error) {
    throw new EndpointError(
      `the key file \`${file}\` of provider \`${name}\` cannot be read: ${(error as Error).message}`,
    );
  }
  throw new EndpointError(`the key file \`${file}\` of provider \`${name}\` holds no key: expected one on each line`);
}

/** The headers of a protocol, but those that the provider states itself. */
function without(common: readonly string[], own: readonly string[]): readonly string[] {
  const stated = new Set(own.filter((_, index) => index % 2 === 0));
  return common.filter((_, index) => !stated.has(common[index - (index % 2)] ?? ""));
}
