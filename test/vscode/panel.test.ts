/** The pages of the extension, as pure functions of what the server says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionTableView, Form, Happening } from "../../lsp/requests/protocol.ts";
import { tablesHtml } from "../../vscode-extension/src/decision-table/page.ts";
import { dollars, html, page } from "../../vscode-extension/src/html.ts";
import { formHtml } from "../../vscode-extension/src/what-happens/form.ts";
import { exampleFor, filledFrom, requestFrom } from "../../vscode-extension/src/what-happens/request.ts";
import { problemHtml, resultHtml } from "../../vscode-extension/src/what-happens/result.ts";

const AT = { uri: "file:///main.route", range: { start: { line: 4, character: 2 }, end: { line: 4, character: 9 } } };

const FORM: Form = {
  main: AT.uri,
  routes: ["chat", "batch"],
  fields: [
    { name: "tenant", part: "attributes", input: { kind: "text", known: ["acme"] }, from: 'claim "org"' },
    {
      name: "tier",
      part: "attributes",
      input: { kind: "choice", members: ["free", "pro"] },
      from: 'claim "tier"',
      default: "free",
    },
    {
      name: "prompt_tokens",
      part: "attributes",
      input: { kind: "number", unit: "tokens" },
      from: "built in",
      default: "any",
    },
    { name: "personal", part: "signals", input: { kind: "bool" }, from: "signal" },
    { name: "month.used", part: "state", input: { kind: "number", unit: "%" }, from: "state of month", default: 0 },
  ],
  wanted: { plans: ["cheap"], models: ["mini"] },
};

function happening(text: string): Happening {
  const rule = { index: 1, text, location: AT };
  return {
    route: text,
    rule,
    earlier: [{ ...rule, index: 0, because: [text] }],
    because: [{ text, says: text, holds: true }],
    reject: { status: 429, text },
    plan: {
      kind: "group",
      title: text,
      members: [
        {
          label: text,
          run: {
            kind: "chain",
            first: { kind: "call", model: text, facts: [text] },
            then: [{ on: text, run: { kind: "reject", status: 503, text } }],
          },
        },
      ],
    },
    steps: [{ model: text, provider: text, residency: text, attempts: 1, cost: 0.1 }],
    worst: { cost: 0.1, attempts: 1, time_ms: 60_000 },
    signals: [text],
    whyNot: { wanted: text, summary: text, rules: [{ ...rule, because: [text] }] },
    request: {},
  };
}

function tables(text: string): DecisionTableView {
  const row = { rule: happening(text).rule, cells: [text], outcome: text };
  return { main: AT.uri, routes: [{ names: [text], columns: [text], more: 0, rows: [row] }] };
}

/** The elements of some markup, and where attributes begin and end: what a browser would make of it, as far as it matters. */
const shape = (markup: string): string[] => [...markup.matchAll(/<[a-z0-9]+|"/g)].map(([part]) => part);

const HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=a>', "' x='", "</p>"];

describe("whatever a policy says", () => {
  it("adds no markup to a page", () => {
    const someText = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...HOSTILE));
    fc.assert(
      fc.property(someText, (text) => {
        for (const shown of [
          (said: string) => resultHtml(happening(said), true),
          (said: string) => tablesHtml(tables(said)),
          (problem: string) => problemHtml({ problem }),
        ])
          expect(shape(shown(text).text)).toEqual(shape(shown("x").text));
      }),
      { numRuns: 60 },
    );
  });

  it("comes out as it was", () => {
    expect(html`<p title="${`"a" & 'b'`}">${"<b>"}${undefined}${false}${["1", html`<i>`]}</p>`.text).toBe(
      '<p title="&quot;a&quot; &amp; &#39;b&#39;">&lt;b&gt;1<i></p>',
    );
  });
});

describe("a page", () => {
  const whole = page({
    title: "t",
    source: "https://x",
    nonce: "n0",
    styles: ["s.css"],
    script: "a.js",
    body: html`<main></main>`,
  });

  it("runs its own script and nothing else, and loads nothing from elsewhere", () => {
    expect(whole).toContain(
      `content="default-src &#39;none&#39;; style-src https://x; script-src &#39;nonce-n0&#39;;"`,
    );
    expect(whole.match(/<script/g)).toHaveLength(1);
    expect(whole).not.toMatch(/style="|<style/);
  });
});

describe("the form", () => {
  const form = formHtml(FORM, { route: "", fields: { tier: "pro", tenant: "acme" }, whyNot: "" }, false).text;

  it("has a label for every control, so that a screen reader names it", () => {
    const ids = [...form.matchAll(/<(?:input|select|textarea) id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(["route", "whyNot", ...FORM.fields.map(({ name }) => `field-${name}`), "pasted"]);
    for (const id of ids) expect(form).toContain(`<label for="${id}">`);
  });

  it("says what a field is when it is left alone, and which may not be", () => {
    expect(form).toContain(`<option value="">free (default)</option>`);
    expect(form).toMatch(/<input id="field-tenant"[^>]* required aria-required="true"/);
    expect(form).toMatch(/<input id="field-prompt_tokens"[^>]*placeholder="any"/);
    expect(form).toContain('<option value="acme">');
  });

  it("keeps what was filled in", () => {
    expect(form).toContain('<option value="pro" selected>');
    expect(form).toMatch(/<input id="field-tenant"[^>]* value="acme"/);
  });
});

describe("a request", () => {
  const request = (fields: Record<string, string>) => requestFrom(FORM, { route: "chat", fields, whyNot: "" });

  it("has what was filled in, as values of their types", () => {
    expect(request({ tenant: "acme", tier: "", prompt_tokens: "20k", personal: "true", "month.used": "95%" })).toEqual({
      route: "chat",
      attributes: { tenant: "acme", prompt_tokens: 20_000 },
      signals: { personal: true },
      state: { "month.used": 95 },
    });
  });

  it("leaves what is no number to the server, which says what was expected", () => {
    expect(request({ prompt_tokens: "many" })).toMatchObject({ attributes: { prompt_tokens: "many" } });
  });

  it("is, to begin with, one with some value of all that it must have", () => {
    expect(exampleFor(FORM)).toEqual({ route: "chat", fields: { tenant: "acme", personal: "false" }, whyNot: "" });
  });

  it("fills the form again", () => {
    const fields = { tenant: "acme", personal: "false", "month.used": "95" };
    expect(filledFrom(FORM, request(fields))).toEqual({ route: "chat", fields, whyNot: "" });
  });

  it.each([
    ["a whole HTTP request", { body: {} }],
    ["a request of what the policy does not read", { attributes: { colour: "red" } }],
    ["no object", 3],
  ])("is shown as it was pasted where it is %s", (_, pasted) => {
    expect(filledFrom(FORM, pasted)).toBeUndefined();
  });
});

describe("a result", () => {
  const text = resultHtml(happening("when pro -> strong"), false).text;

  it("has headings, a table with headers, and marks that are read aloud", () => {
    expect(text.match(/<h[23][^>]*>/g)?.length).toBeGreaterThanOrEqual(5);
    expect(text).toContain('<th scope="col">model</th>');
    expect(text).toContain('role="img" aria-label="holds"');
  });

  it("leads to the rule in the source", () => {
    expect(text).toContain('data-uri="file:///main.route" data-line="4" data-character="2"');
  });
});

it.each([
  [0, "$0"],
  [0.000_012_34, "$0.0000123"],
  [0.0049, "$0.00490"],
  [0.02, "$0.02"],
  [2.851, "$2.86"],
  [1234.5, "$1234.50"],
])("%d dollars are %s", (amount, expected) => {
  expect(dollars(amount)).toBe(expected);
});
