/** How `serve` is configured: a file, environment variables and flags, the later ones winning. */

export { instantOf } from "./auth-settings.ts";
export type { Config } from "./config.generated.ts";
export { CONFIG_FILE, configFromEnvironment, type Environment, unknownVariables } from "./environment.ts";
export { parseConfig, readConfigFile } from "./file.ts";
export { mergeConfigs } from "./merge.ts";
export { ConfigError } from "./mistakes.ts";
export { type Settings, settingsOf } from "./settings.ts";
