/** Where calls to a provider go and with which keys: a provider's texts with the environment filled in. */
import type { Provider, Text } from "../table/index.ts";

/** What calls to one provider have in common. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path, and query where the base url has one. */
  readonly path: string;
  /** The keys to use in turn; empty where none is sent. */
  readonly keys: readonly string[];
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

/** Where the protocol `openai` is spoken when a provider states no url. */
const OPENAI_URL = "https://api.openai.com/v1";

/** The endpoints of `providers` by name. Throws `UnsetEnvironmentError` and `EndpointError`. */
export function endpoints(providers: readonly Provider[], env: Environment): ReadonlyMap<string, Endpoint> {
  const unset: string[] = [];

  function resolve(text: Text, where: string): string {
    if (typeof text === "string") return text;
    const value = env[text.env];
    if (value === undefined || value === "") unset.push(`\`${text.env}\` (${where})`);
    return value ?? "";
  }

  const texts = providers.map(({ name, url, keys }) => ({
    name,
    url: resolve(url ?? OPENAI_URL, `url of provider \`${name}\``),
    keys: (keys ?? []).map((key) => resolve(key, `key of provider \`${name}\``)),
  }));
  if (unset.length === 1) throw new UnsetEnvironmentError(`the environment variable ${unset[0]} is not set`);
  if (unset.length > 1) throw new UnsetEnvironmentError(`the environment variables ${unset.join(", ")} are not set`);
  return new Map(texts.map(({ name, url, keys }) => [name, endpoint(name, url, keys)]));
}

function endpoint(name: string, url: string, keys: readonly string[]): Endpoint {
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
  // What a header may hold (RFC 9110, section 5.5), without spaces, which no key has and a careless copy often adds.
  const bad = keys.findIndex((key) => !/^[\x21-\x7e]+$/.test(key));
  if (bad !== -1) {
    throw new EndpointError(
      `key ${bad + 1} of provider \`${name}\` holds a character that no key has, such as a space or a line break`,
    );
  }
  return {
    origin: parsed.origin,
    path: `${parsed.pathname.replace(/\/+$/, "")}/chat/completions${parsed.search}`,
    keys,
  };
}
