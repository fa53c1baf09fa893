/** `node rejecting.ts <traffic>` replays it through a policy that rejects all of it, summed up by tenant. */
import { compile } from "../../compiler/index.ts";
import { replay } from "../../replay/index.ts";
import { load } from "../../runtime/table/index.ts";

const text = `request { tenant string from header "x-tenant" }
budget month { per tenant  limit $1 per month }
route chat { when month.used >= 50% -> reject 402 "no money"  otherwise -> reject 403 "nobody may" }
`;
const mapping = { set: new Map(), columns: new Map() };
const { policy } = await replay(process.argv[2] ?? "", load(compile({ text }).table), {
  ...{ mapping, outages: [], stated: new Map(), by: ["tenant"], seed: 1 },
});
const { total, by } = policy.sums;
process.stdout.write(JSON.stringify({ requests: total.requests, values: by.get("tenant")?.entries.size }));
