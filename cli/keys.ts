/** `routec keys new --name acme --claims '{"tier":"pro"}'` */
import { type Command, define, EXIT, UsageError } from "./command.ts";
import { readJson } from "./policy.ts";

export const command: Command = define({
  usage: "keys new --name <name> [--claims <json>] [--expires <date>]",
  about: `Makes an API key for a caller of the proxy. The key is printed once and kept nowhere; what is printed with it belongs
into \`auth.keys\` of routec.config.json, and holds only the key's hash. The claims are what the policy's \`claim\`
attributes read.`,
  options: {
    name: { type: "string", value: "name", help: "whose key it is; stands for the key in logs" },
    claims: { type: "string", value: "json", help: 'an object of claims, such as {"tier":"pro"}' },
    expires: { type: "string", value: "date", help: "when it ends: 2027-01-31, 2027-01-31T12:00:00Z, or 90d from now" },
    format: { type: "string", choices: ["human", "json"], help: "for people (the default), or for programs" },
  },
  takes: [1, 1],
  examples: [`routec keys new --name acme --claims '{"tier":"pro"}'`, "routec keys new --name ci --expires 90d"],
  async run({ name = "", claims = "{}", expires, format }, [action = ""]) {
    if (action !== "new") throw new UsageError(`\`${action}\` is nothing to do with keys: expected \`new\``);
    if (name === "") throw new UsageError("whose key it is is not said: `--name <name>`");
    const { hashKey, newKey } = await import("../runtime/auth/index.ts");
    const key = newKey();
    const entry = {
      name,
      sha256: hashKey(key),
      claims: claimsIn(claims),
      ...(expires !== undefined && { expires: await instantIn(expires) }),
    };
    process.stdout.write(
      format === "json"
        ? `${JSON.stringify({ key, entry })}\n`
        : [
            key,
            "",
            "Give it to the caller now: it is shown this once and kept nowhere. Add to `auth.keys` of routec.config.json:",
            "",
            JSON.stringify(entry, undefined, 2),
            "",
          ].join("\n"),
    );
    return EXIT.well;
  },
});

function claimsIn(text: string): object {
  const claims = readJson("--claims", text);
  if (typeof claims === "object" && claims !== null && !Array.isArray(claims)) return claims;
  throw new UsageError(`\`--claims\` cannot be \`${text}\`: expected a JSON object, such as {"tier":"pro"}`);
}

const DAY = 86_400_000;

async function instantIn(text: string): Promise<string> {
  const { instantOf } = await import("../runtime/config/index.ts");
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const instant = days === undefined ? instantOf(text) : Date.now() + Number(days) * DAY;
  if (instant === undefined) {
    throw new UsageError(`\`--expires\` cannot be \`${text}\`: expected a date such as 2027-01-31, or 90d`);
  }
  if (instant <= Date.now()) throw new UsageError(`\`--expires ${text}\` has passed: expected a date to come`);
  return new Date(instant).toISOString();
}
