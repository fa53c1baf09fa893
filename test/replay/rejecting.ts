/** `node rejecting.ts <policy.json> <traffic>` replays it through a policy that rejects all of it, summed up by tenant. */
import { readFileSync } from "node:fs";
import { replay } from "../../compiler/replay/replay.ts";
import { load } from "../../runtime/table/index.ts";

const [table = "", traffic = ""] = process.argv.slice(2);
const mapping = { set: new Map(), columns: new Map() };
const { policy } = await replay(traffic, load(JSON.parse(readFileSync(table, "utf8"))), {
  ...{ mapping, outages: [], stated: new Map(), by: ["tenant"], seed: 1 },
});
const { total, by } = policy.sums;
process.stdout.write(JSON.stringify({ requests: total.requests, values: by.get("tenant")?.entries.size }));
