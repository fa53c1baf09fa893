/** What happens to a request, as the panel shows it. */
import type { Happening, Problem, RuleAt, Step, Tested, WhyNot } from "../../../lsp/requests/protocol.ts";
import { dollars, type Html, html, linkTo } from "../html.ts";
import { diagramHtml } from "./diagram.ts";

export function problemHtml({ problem }: Problem): Html {
  return html`<p class="problem" role="alert">${problem}</p>`;
}

/** @param pasted whether it is of a pasted request that the form does not show. */
export function resultHtml(happening: Happening, pasted: boolean): Html {
  const { route, rule, reject, worst, signals, plan, steps, because, earlier, whyNot } = happening;
  const outcome = reject === null ? steps.map(({ model }) => model).join(", then ") : `rejected with ${reject.status}`;
  return html`${
    pasted &&
    html`<p class="note">Of the pasted request. <button type="button" class="link" id="backToForm">Back to the form</button></p>`
  }<section class="decided" aria-label="The decision">
<p class="path">route ${route} › rule ${rule.index}</p>
<h2>${ruleLink(rule)}</h2>
<p class="outcome">${outcome}</p>
${
  reject === null &&
  html`<dl class="worst">${tile("at worst", dollars(worst.cost))}${tile("calls", `≤ ${worst.attempts}`)}${tile("first content", `≤ ${seconds(worst.time_ms)}`)}</dl>`
}
</section>
${whyNot !== undefined && whyNotHtml(whyNot)}
<section aria-labelledby="because"><h3 id="because">Why</h3>
${because.length === 0 ? html`<p>It takes every request that comes to it.</p>` : html`<ul class="tested">${because.map(testedHtml)}</ul>`}
${earlierHtml(earlier)}
${signals.length > 0 && html`<p class="note">Signals that had to be computed: ${signals.join(", ")}.</p>`}
</section>
<section aria-labelledby="plan"><h3 id="plan">Plan</h3>${diagramHtml(
    plan,
    steps.map(({ model }) => model),
  )}</section>
${steps.length > 0 && stepsHtml(steps)}
<p class="actions"><button type="button" class="secondary" id="copy">Copy the request as JSON</button></p>`;
}

function ruleLink({ text, location }: RuleAt): Html {
  return linkTo(location, html`<code>${text}</code>`, `Go to the rule: ${text}`);
}

function tile(title: string, value: string): Html {
  return html`<div><dt>${title}</dt><dd>${value}</dd></div>`;
}

function seconds(milliseconds: number): string {
  return milliseconds >= 60_000 && milliseconds % 60_000 === 0
    ? `${milliseconds / 60_000} min`
    : `${milliseconds / 1000} s`;
}

function testedHtml({ text, says, holds }: Tested): Html {
  const mark = holds === undefined ? "unknown" : holds ? "holds" : "fails";
  const said = { unknown: "not asked", holds: "holds", fails: "does not hold" }[mark];
  return html`<li class="${mark}"><span class="mark" role="img" aria-label="${said}"></span><code>${text}</code> <span class="says">${says}</span></li>`;
}

function earlierHtml(earlier: Happening["earlier"]): Html | undefined {
  if (earlier.length === 0) return undefined;
  const count = earlier.length === 1 ? "The rule before it does" : `The ${earlier.length} rules before it do`;
  return html`<details open><summary>${count} not match</summary>${rulesHtml(earlier)}</details>`;
}

function rulesHtml(rules: Happening["earlier"]): Html {
  return html`<ol class="rules">${rules.map(
    (rule) =>
      html`<li value="${rule.index}">${ruleLink(rule)}<ul>${rule.because.map((reason) => html`<li class="says">${reason}</li>`)}</ul></li>`,
  )}</ol>`;
}

function whyNotHtml({ wanted, summary, rules }: WhyNot): Html {
  return html`<section class="why-not" aria-labelledby="why-not"><h3 id="why-not">Why not <code>${wanted}</code>?</h3><p>${summary}</p>${rules.length > 0 && rulesHtml(rules)}</section>`;
}

function stepsHtml(steps: readonly Step[]): Html {
  const hasResidency = steps.some(({ residency }) => residency !== undefined);
  return html`<section aria-labelledby="steps"><h3 id="steps">If each one fails</h3>
<table><thead><tr><th scope="col">#</th><th scope="col">model</th><th scope="col">provider</th>${hasResidency && html`<th scope="col">data in</th>`}<th scope="col" class="number">calls</th><th scope="col" class="number">at worst</th></tr></thead>
<tbody>${steps.map(
    ({ model, provider, residency, attempts, cost }, i) =>
      html`<tr><td>${i + 1}</td><td><code>${model}</code></td><td>${provider}</td>${hasResidency && html`<td>${residency ?? "not known"}</td>`}<td class="number">${attempts}</td><td class="number">${dollars(cost)}</td></tr>`,
  )}</tbody></table></section>`;
}
