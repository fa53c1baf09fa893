/** A configuration as those who carry it out need it: defaults filled in, secrets and files read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuthSettings } from "../auth/settings.ts";
import { authSettings } from "./auth-settings.ts";
import type { Config, Secret } from "./config.generated.ts";
import { durationOf } from "./duration.ts";
import type { Environment } from "./environment.ts";
import { ConfigError } from "./mistakes.ts";

/** Paths are relative to the current folder, durations are milliseconds. */
export interface Settings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number; readonly token: string | undefined };
  /** Certificate chain and private key, PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Undefined where nothing was said; `"none"` where everybody was let in in words. */
  readonly auth: AuthSettings | "none" | undefined;
  /** Folder of the ledger and the log. */
  readonly state: string;
  readonly ledger: EmbeddedLedger | RedisLedger;
  readonly log: {
    readonly to: "file" | "stdout" | "none";
    readonly file: string;
    readonly prompts: "never" | "masked";
  };
  readonly metrics: boolean;
  readonly traces: boolean;
  readonly limits: {
    readonly bodyBytes: number;
    readonly headerBytes: number;
    readonly connections: number;
    readonly idleTimeout: number;
    readonly headerTimeout: number;
    readonly requestTimeout: number;
    readonly readTimeout: number;
  };
  /** One for each core where undefined. */
  readonly workers: number | undefined;
  readonly reload: { readonly watch: boolean; readonly post: boolean };
  readonly privateAddresses: "named" | "any";
}

export interface EmbeddedLedger {
  readonly store: "embedded";
  readonly folder: string;
}

export interface RedisLedger {
  readonly store: "redis";
  readonly url: string;
  readonly whenAway: "closed" | "open";
  readonly openShare: number;
}

const LAST_PORT = 65_535;

/**
 * Fills in what is not configured, and reads secrets from `env` and from files. Throws {ConfigError} with all that is
 * wrong: variables that are not set, files that cannot be read, settings that contradict each other.
 */
export function settingsOf(config: Config, env: Environment): Settings {
  const mistakes: string[] = [];
  const complain = (mistake: string): void => void mistakes.push(mistake);

  function readFile(path: string, setting: string): string | undefined {
    if (path.includes("-----BEGIN")) {
      complain(`\`${setting}\` holds the text of a file: expected its path`);
      return undefined;
    }
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      complain(`\`${setting}\` names \`${path}\`, which cannot be read: ${(error as NodeJS.ErrnoException).code}`);
      return undefined;
    }
  }

  function secret(where: Secret | undefined, setting: string): string | undefined {
    if (where === undefined) return undefined;
    if (where.env === undefined) return notEmpty(readFile(where.file ?? "", setting)?.trim(), setting);
    const value = env[where.env];
    if (value === undefined || value === "") {
      complain(`\`${setting}\` names the environment variable \`${where.env}\`, which is not set`);
    }
    return value;
  }

  function notEmpty(text: string | undefined, setting: string): string | undefined {
    if (text === "") complain(`\`${setting}\` names a file that is empty: expected the secret in it`);
    return text;
  }

  /** What a request's header cannot hold nobody could send. */
  function adminToken(): string | undefined {
    const setting = "/admin/token";
    const token = secret(config.admin?.token, setting);
    if (token !== undefined && token !== "" && !/^[\x21-\x7e]+$/.test(token)) {
      complain(`\`${setting}\` holds a space or a character beyond ASCII: expected none`);
    }
    return token;
  }

  const { listen = {}, admin = {}, tls, auth, ledger = {}, log = {}, limits = {}, reload = {} } = config;
  const { host = "127.0.0.1", port = 8080 } = listen;
  const { state = ".routec" } = config;

  function redis({ url: given, when_away: whenAway = "closed", open_share: openShare = 0.1 } = ledger.redis ?? {}) {
    const setting = "/ledger/redis/url";
    if (given === undefined) complain(`\`/ledger/store\` is \`redis\`, and \`${setting}\` is not given`);
    const url = (typeof given === "string" ? given : secret(given, setting)) ?? "";
    const parsed = URL.parse(url);
    if (url !== "" && parsed?.protocol !== "redis:" && parsed?.protocol !== "rediss:") {
      complain(`\`${setting}\` is no url of Redis: expected one that begins with redis:// or rediss://`);
    }
    if (typeof given === "string" && (parsed?.password ?? "") !== "") {
      complain(`\`${setting}\` holds a password: expected \`{ "env": "NAME" }\` or \`{ "file": "path" }\``);
    }
    return { store: "redis", url, whenAway, openShare } as const;
  }

  function adminPort(): number {
    if (admin.port !== undefined) return admin.port;
    if (port === LAST_PORT) complain(`\`/listen/port\` is ${LAST_PORT}, the last one: expected an \`/admin/port\` too`);
    return port === 0 ? 0 : port + 1;
  }

  function certificate(): Settings["tls"] {
    if (tls === undefined) return undefined;
    if (tls.cert === undefined || tls.key === undefined) {
      complain("`/tls` lacks one of `cert` and `key`: expected both");
      return undefined;
    }
    return { cert: readFile(tls.cert, "/tls/cert") ?? "", key: readFile(tls.key, "/tls/key") ?? "" };
  }

  const settings: Settings = {
    listen: { host, port },
    admin: { host: admin.host ?? "127.0.0.1", port: adminPort(), token: adminToken() },
    tls: certificate(),
    auth: typeof auth === "object" ? authSettings(auth, readFile, complain) : auth,
    state,
    ledger: ledger.store === "redis" ? redis() : { store: "embedded", folder: ledger.folder ?? state },
    log: { to: log.to ?? "file", file: log.file ?? join(state, "decisions.jsonl"), prompts: log.prompts ?? "never" },
    metrics: config.metrics ?? true,
    traces: config.traces ?? false,
    limits: {
      bodyBytes: limits.body_bytes ?? 32 * 1024 * 1024,
      headerBytes: limits.header_bytes ?? 32 * 1024,
      connections: limits.connections ?? 20_000,
      idleTimeout: durationOf(limits.idle_timeout ?? "75s"),
      headerTimeout: durationOf(limits.header_timeout ?? "15s"),
      requestTimeout: durationOf(limits.request_timeout ?? "2m"),
      readTimeout: durationOf(limits.read_timeout ?? "2m"),
    },
    workers: config.workers,
    reload: { watch: reload.watch ?? false, post: reload.post ?? true },
    privateAddresses: config.private_addresses ?? "named",
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes.join("\n"));
  return settings;
}
