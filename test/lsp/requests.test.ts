/** What a client may ask beside the protocol. */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Compiled, compiledFor } from "../../lsp/requests/compiled.ts";
import { diffWith } from "../../lsp/requests/diff.ts";
import { formOf } from "../../lsp/requests/form.ts";
import { whatHappens } from "../../lsp/requests/happening.ts";
import { type Diagram, type Happening, type Problem, REQUESTS, type TestsRun } from "../../lsp/requests/protocol.ts";
import { decisionTable } from "../../lsp/requests/table.ts";
import { runTestsOf, testsIn } from "../../lsp/requests/testing.ts";
import { uriOf, Workspace } from "../../lsp/workspace.ts";
import { folder } from "../support/routec.ts";
import { startClient } from "./client.ts";
import { MODELS, type Opened, opened, REQUEST } from "./support.ts";

const POLICY = `${MODELS}${REQUEST}signal personal bool = patterns [email]
budget month { per tenant  limit $500 per month }
plan cheap = cheapest { big, small }
plan careful = cascade {
  small accept when not refused and output_tokens >= 5
  big with { retries 2 }
}
route chat {
  when personal and tenant starts_with "eu-" -> small else on timeout big else reject 503 "nobody"
  when month.used >= 90% -> cheap
  match tier, urgent {
    enterprise, _ -> hedge { small after 2s big }
    pro, true -> split { 90% small  10% big } by tenant
    _, _ -> careful
  }
}
`;

function compiled(policy: string): Opened & { compiled: Compiled } {
  const all = opened(policy);
  const found = compiledFor(all.document, all.workspace);
  if ("problem" in found) throw new Error(found.problem);
  return { ...all, compiled: found };
}

const known = compiled(POLICY);

const ask = (request: object, whyNot?: string): Happening | Problem =>
  whatHappens(known.compiled, request, whyNot, known.workspace);

const decided = (request: object, whyNot?: string): Happening => {
  const answer = ask(request, whyNot);
  if ("problem" in answer) throw new Error(answer.problem);
  return answer;
};

describe("the form of a request", () => {
  const { fields, routes, wanted } = formOf(known.compiled);

  it("has what the policy declares and reads, with where it comes from and what it is otherwise", () => {
    expect(fields).toEqual([
      { name: "tenant", part: "attributes", input: { kind: "text", known: [] }, from: 'claim "org"' },
      {
        name: "tier",
        part: "attributes",
        input: { kind: "choice", members: ["free", "pro", "enterprise"] },
        from: 'claim "tier"',
        default: "free",
      },
      { name: "urgent", part: "attributes", input: { kind: "bool" }, from: 'header "x-urgent"', default: false },
      {
        name: "prompt_tokens",
        part: "attributes",
        input: { kind: "number", unit: "tokens" },
        from: "built in",
        default: "any",
      },
      {
        name: "max_tokens",
        part: "attributes",
        input: { kind: "number", unit: "tokens" },
        from: "built in",
        default: "any",
      },
      { name: "personal", part: "signals", input: { kind: "bool" }, from: "signal" },
      { name: "month.used", part: "state", input: { kind: "number", unit: "%" }, from: "state of month", default: 0 },
    ]);
    expect({ routes, wanted }).toEqual({
      routes: ["chat"],
      wanted: { plans: ["cheap", "careful"], models: ["small", "big"] },
    });
  });
});

describe("what happens to a request", () => {
  const TENANT = { tenant: "acme" };

  it("is the rule that takes it, with what it tests and what kept each earlier one", () => {
    const { rule, earlier, because } = decided({
      attributes: { ...TENANT, tier: "pro" },
      signals: { personal: true },
      state: { "month.used": 95 },
    });
    expect(rule).toMatchObject({ index: 1, text: "when month.used >= 90% -> cheap" });
    expect(because).toEqual([{ text: "month.used >= 90%", says: "month.used is 95%", holds: true }]);
    expect(earlier).toMatchObject([{ index: 0, because: ['tenant starts_with "eu-": tenant is "acme"'] }]);
  });

  it("is what is tried, in the order of this request, with what each step costs at worst", () => {
    const { plan, steps, worst } = decided({
      attributes: { ...TENANT, prompt_tokens: 1_000, max_tokens: 1_000 },
      signals: { personal: false },
      state: { "month.used": 95 },
    });
    expect(labels(plan)).toEqual(["plan cheap", "the cheapest first", "1", "small", "2", "big"]);
    expect(steps.map(({ model }) => model)).toEqual(["small", "big"]);
    expect(steps.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(worst.cost, 12);
    expect(steps).toMatchObject([
      { residency: "eu", attempts: 1 },
      { residency: "us", attempts: 1 },
    ]);
  });

  it.each<[string, object, string[]]>([
    [
      "else",
      { attributes: { tenant: "eu-1" }, signals: { personal: true } },
      ["small", "on timeout", "big", "if it fails", "reject 503"],
    ],
    [
      "hedge",
      { attributes: { ...TENANT, tier: "enterprise" }, signals: { personal: false } },
      ["the first to answer", "at once", "small", "after 2s", "big"],
    ],
    [
      "split",
      { attributes: { ...TENANT, tier: "pro", urgent: true }, signals: { personal: false } },
      ["one side drawn by tenant", "90%", "small", "10%", "big"],
    ],
    [
      "cascade",
      { attributes: TENANT, signals: { personal: false } },
      [
        "plan careful",
        "the first answer that is accepted",
        "accept when not refused and output_tokens ≥ 5",
        "small",
        "whatever it answers",
        "big, 2 retries",
      ],
    ],
  ])("draws %s", (_, request, expected) => {
    expect(labels(decided(request).plan)).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ["a later rule", "careful", /^Rule 4 would match, but rule 1 takes the request before it\.$/],
    ["what happens", "cheap", /^It is what happens: rule 1 runs it\.$/],
    ["rules that do not match", "2", /^The rule that runs it does not match\.$/],
  ])("says why it is not %s", (_, wanted, summary) => {
    const request = { attributes: TENANT, signals: { personal: false }, state: { "month.used": 95 } };
    expect(decided(request, wanted).whyNot?.summary).toMatch(summary);
  });

  it("names the field that is missing or wrong", () => {
    expect(ask({})).toMatchObject({ field: "tenant", problem: expect.stringContaining("`tenant` is missing") });
    expect(ask({ attributes: { tenant: "a", tier: "gold" } })).toMatchObject({ field: "tier" });
    expect(ask({ attributes: { tenant: "a" } }, "gold")).toMatchObject({ field: "whyNot" });
  });

  it("takes a whole HTTP request, of which it computes the signals", () => {
    const body = { model: "chat", messages: [{ role: "user", content: "mail me at a@example.org" }] };
    const { rule, signals } = decided({ headers: {}, claims: { org: "eu-1" }, body });
    expect({ rule: rule.index, signals }).toEqual({ rule: 0, signals: ["personal"] });
  });

  it("is not known of a policy with errors", () => {
    const { document, workspace } = opened("route chat -> nobody\n");
    expect(compiledFor(document, workspace)).toMatchObject({
      problem: expect.stringMatching(/^the policy has an error: /),
    });
  });
});

/** The texts of a diagram, in the order in which they are read. */
function labels(plan: Diagram): string[] {
  switch (plan.kind) {
    case "call":
      return [[plan.model, ...plan.facts.filter((fact) => fact.includes("retr"))].join(", ")];
    case "reject":
      return [`reject ${plan.status}`];
    case "chain":
      return [...labels(plan.first), ...plan.then.flatMap(({ on, run }) => [on, ...labels(run)])];
    case "group":
      return [
        plan.title,
        ...plan.members.flatMap(({ label, run }) => [...(label === "" ? [] : [label]), ...labels(run)]),
      ];
  }
}

it("the decision table is told in words", () => {
  const [route] = decisionTable(known.compiled, known.workspace).routes;
  const rows = route?.rows.map(({ rule, cells, outcome }) => [`${rule.index}`, ...cells, outcome].join(" ; "));
  expect(route?.columns).toEqual(["tenant", "tier", "urgent", "personal", "month.used"]);
  expect(rows).toEqual([
    '0 ; starts_with "eu-" ;  ;  ; true ;  ; small else on timeout big else reject 503 "nobody"',
    "1 ;  ;  ;  ;  ; ≥ 90% ; cheap",
    "2 ;  ; enterprise ;  ;  ;  ; hedge { small after 2s big }",
    "3 ;  ; pro ; true ;  ;  ; split { 90% small, 10% big } by tenant",
    "4 ;  ;  ;  ;  ;  ; careful",
  ]);
});

describe("tests", () => {
  const TESTED = `${POLICY}
test "passes" {
  send chat { tenant "a" }
  given personal false
  expect tries small
}
test "fails" {
  send chat { tenant "a" }
  given personal false
  expect tries big
}
`;
  const run = (titles?: string[], coverage = false): TestsRun => {
    const { document, workspace } = opened(TESTED);
    const answer = runTestsOf(document, { textDocument: document, ...(titles && { titles }), coverage }, workspace);
    if ("problem" in answer) throw new Error(answer.problem);
    return answer;
  };

  it("are found in a text that cannot be compiled", () => {
    const { document } = opened(`${TESTED}route`);
    expect(testsIn(document).map(({ title }) => title)).toEqual(["passes", "fails"]);
  });

  it("pass, or say where and why not", () => {
    const { tests } = run();
    expect(tests.map(({ title, failures }) => [title, failures.length])).toEqual([
      ["passes", 0],
      ["fails", 1],
    ]);
    expect(tests[1]?.failures[0]?.location.range.start.line).toBe(TESTED.split("\n").indexOf("  expect tries big"));
  });

  it("are run alone when they are chosen, and say what they reach", () => {
    const { tests, coverage } = run(["passes"], true);
    expect(tests.map(({ title }) => title)).toEqual(["passes"]);
    const rules = coverage.filter(({ kind }) => kind === "rule").map(({ hits }) => hits);
    expect(rules).toEqual([0, 0, 0, 0, 1]);
    expect(coverage.some(({ kind, outcome, hits }) => kind === "comparison" && outcome === false && hits > 0)).toBe(
      true,
    );
  });
});

it("the difference to a revision is of decisions", () => {
  const path = folder({ "main.route": `${MODELS}route chat -> small\n` });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: path });
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "first");
  const workspace = new Workspace([path], "utf-16");
  const edited = workspace.open(uriOf(join(path, "main.route")), `${MODELS}route chat -> big\n`, 1);
  expect(diffWith("HEAD", edited, workspace)).toMatchObject({
    verdict: "changed",
    markdown: expect.stringContaining("`small`"),
  });
  expect(diffWith("nothing", edited, workspace)).toEqual({
    problem: "`nothing` is no revision of a git repository around the current folder",
  });
  const fresh = workspace.open(uriOf(join(path, "new.route")), `${MODELS}route chat -> big\n`, 1);
  expect(diffWith("HEAD", fresh, workspace)).toEqual({ problem: "the policy is not in HEAD: all of it is new" });
});

it("a client asks for them over the connection", async () => {
  const policy = `${POLICY}prove never_big { when tier == free never big }\n`;
  const client = await startClient({ "main.route": policy });
  await client.open("main.route", policy);
  expect(await client.connection.sendRequest(REQUESTS.check)).toMatchObject({ files: 1, errors: 1 });
  expect(await client.ask(REQUESTS.witness, { proof: "never_big" })).toMatchObject({ request: { route: "chat" } });
  expect(await client.ask(REQUESTS.tests)).toEqual([]);
  expect(await client.ask(REQUESTS.form, {}, "none.route")).toEqual({ problem: "there is no such file" });
  expect(await client.end()).toBe(0);
});

it("a server on Node's channel ends with the editor that has started it", async () => {
  const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
  const server = fork(main, ["lsp", "--node-ipc", "--clientProcessId=1"], { stdio: "inherit" });
  server.send({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { processId: null, rootUri: null, capabilities: {} },
  });
  const [answer] = await once(server, "message");
  expect(answer).toMatchObject({ id: 1, result: { capabilities: { hoverProvider: true } } });
  server.disconnect();
  expect(await once(server, "exit")).toEqual([1, null]);
});
