/**
 * The command as built from this checkout, whatever is stale built first: what `npm run routec` and `npm start` run.
 * It runs in this very process, so that exit code and signals are its own.
 */
import { build, isStale } from "./build.ts";

if (isStale()) await build();

// npm runs scripts in the checkout. `npm start` names a file there; what is said to `npm run routec` is meant where the
// person stands.
const { npm_lifecycle_event: script, INIT_CWD: caller } = process.env;
if (script === "routec" && caller !== undefined) process.chdir(caller);

const command = new URL("../dist/routec.js", import.meta.url);
process.argv[1] = command.pathname;
await import(command.href);
