/** The AI SDK's packages, as peers that are installed where a policy names them. */
import type { EmbeddingModelV4, LanguageModelV4 } from "@ai-sdk/provider";
import { member, parse } from "../../plan/json.ts";
import type { Provider } from "../../table/index.ts";
import { EndpointError, keySource, type Texts } from "../endpoint.ts";
import type { KeySource } from "../key-files.ts";

/** A package that a provider is spoken to by is not installed, or is of a version that is not spoken here. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}

/** What is needed of a package's provider: the interface is wider, and versions of it differ in the rest. */
export interface PackageProvider {
  languageModel(id: string): LanguageModelV4;
  embeddingModel?(id: string): EmbeddingModelV4;
  textEmbeddingModel?(id: string): EmbeddingModelV4;
}

type Factory = (settings: Readonly<Record<string, unknown>>) => PackageProvider;

/** The version of the provider interface that is spoken here. */
const VERSION = "v4";

const PACKAGES: Partial<Record<Provider["protocol"], string>> = {
  gemini: "@ai-sdk/google",
  vertex: "@ai-sdk/google-vertex",
  bedrock: "@ai-sdk/amazon-bedrock",
  cohere: "@ai-sdk/cohere",
};

/** The package by which a provider is spoken to; undefined where it is spoken to without one. */
export function packageOf({ protocol, package: named }: Provider): string | undefined {
  return protocol === "ai_sdk" ? named : PACKAGES[protocol];
}

/** What makes a provider of a package. Throws `PackageError`. */
export async function factoryOf(provider: Provider, name: string): Promise<Factory> {
  // Of `@ai-sdk/google-vertex/anthropic` the first two parts are what is installed.
  const installed = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  const module = await import(name).catch((error: unknown) => {
    const why = member(error, "code") === "ERR_MODULE_NOT_FOUND" ? "is not installed" : `cannot be loaded (${error})`;
    throw new PackageError(
      `provider \`${provider.name}\` needs the package \`${installed}\`, which ${why}: \`npm install ${installed}\``,
    );
  });
  const factories = Object.entries(module as object).filter(
    ([key, value]) => /^create[A-Z]/.test(key) && typeof value === "function",
  );
  const [factory] = factories.map(([, value]) => value as Factory);
  if (factory !== undefined) return factory;
  throw new PackageError(
    `provider \`${provider.name}\`: the package \`${name}\` is none of the AI SDK's, which export a \`create…\` function`,
  );
}

/** Refuses a model of another version of the interface: its parts have other shapes. */
export function checkVersion(provider: Provider, model: { readonly specificationVersion: string }): void {
  const { specificationVersion: version } = model;
  if (version === VERSION) return;
  throw new PackageError(
    `provider \`${provider.name}\`: \`${packageOf(provider)}\` speaks ${version} of the AI SDK's provider interface, expected ${VERSION}`,
  );
}

/** What a provider's package is opened with. */
export interface Settings {
  /** All but the key. */
  readonly common: Readonly<Record<string, unknown>>;
  readonly keys: KeySource;
}

/** Those of a provider. Throws `EndpointError`. */
export function settingsOf(provider: Provider, texts: Texts, name: string): Settings {
  const { url, keys = [], region, project, credentials, headers = [] } = provider;
  const told = (what: string, text: Provider["url"]): string | undefined =>
    text === undefined ? undefined : texts.resolve(text, `${what} of provider \`${provider.name}\``);
  const base = told("url", url)?.replace(/\/+$/, "");
  const place = told("region", region);
  const account = told("project", project);
  const identity = told("credentials", credentials);
  const own = headers.map((header) => [header.name, told(`header \`${header.name}\``, header.value) ?? ""]);
  const common = {
    ...(base !== undefined && { baseURL: base }),
    ...(own.length > 0 && { headers: Object.fromEntries(own) }),
    ...(place !== undefined && { region: place, location: place }),
    ...(account !== undefined && { project: account }),
    ...(name === "@ai-sdk/openai-compatible" && { name: provider.name }),
    ...(base !== undefined &&
      account !== undefined &&
      place !== undefined &&
      vertexAddress(base, account, place, name)),
    ...(identity !== undefined && identity !== "" && identityOf(provider, identity, name)),
  };
  return { common, keys: keySource(provider.name, keys, texts) };
}

/** A url is stated up to its version; the package wants all of it up to the model. */
function vertexAddress(base: string, project: string, location: string, name: string): { baseURL?: string } {
  if (!name.startsWith("@ai-sdk/google-vertex")) return {};
  const publisher = name.endsWith("/anthropic") ? "anthropic/models" : "google";
  return { baseURL: `${base}/projects/${project}/locations/${location}/publishers/${publisher}` };
}

/** `credentials`: for Google a service account's key, as JSON or the path of its file; for AWS what `aws` prints of one. */
function identityOf(provider: Provider, text: string, name: string): Record<string, unknown> {
  const value = parse(text);
  if (name.startsWith("@ai-sdk/google-vertex")) {
    const isJson = typeof value === "object" && value !== null;
    return { googleAuthOptions: isJson ? { credentials: value } : { keyFilename: text } };
  }
  const [id, secret] = [member(value, "AccessKeyId"), member(value, "SecretAccessKey")];
  if (typeof id !== "string" || typeof secret !== "string")
    throw new EndpointError(
      `the credentials of provider \`${provider.name}\` are not JSON with \`AccessKeyId\` and \`SecretAccessKey\`, as \`aws configure export-credentials\` prints them`,
    );
  const session = member(value, "SessionToken");
  // An empty key keeps the package from taking a bearer token of the environment instead.
  return {
    apiKey: "",
    accessKeyId: id,
    secretAccessKey: secret,
    ...(session !== undefined && { sessionToken: session }),
  };
}
