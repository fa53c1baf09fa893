/** A plan as a diagram: boxes of what is tried, one after the other, with the reasons between them. Lists to a screen reader. */
import type { Diagram } from "../../../lsp/requests/protocol.ts";
import { type Html, html } from "../html.ts";

/** @param steps the models that this request would be tried with, in order: they are numbered. */
export function diagramHtml(plan: Diagram, steps: readonly string[]): Html {
  return html`<div class="diagram" role="group" aria-label="The plan, as a diagram">${node(plan, steps)}</div>`;
}

function node(plan: Diagram, steps: readonly string[]): Html {
  switch (plan.kind) {
    case "call": {
      const turn = steps.indexOf(plan.model) + 1;
      return html`<div class="call${turn === 1 && " first"}"><div class="name">${
        turn > 0 && html`<span class="turn" title="tried as number ${turn}">${turn}</span>`
      }${plan.model}</div>${plan.facts.map((fact) => html`<div class="fact">${fact}</div>`)}</div>`;
    }
    case "reject":
      return html`<div class="call reject"><div class="name">reject ${plan.status}</div>${
        plan.text !== undefined && html`<div class="fact">${plan.text}</div>`
      }</div>`;
    case "chain":
      return html`<ol class="chain"><li>${node(plan.first, steps)}</li>${plan.then.map(
        ({ on, run }) => html`<li><div class="edge">${on}</div>${node(run, steps)}</li>`,
      )}</ol>`;
    case "group": {
      const { title, members } = plan;
      return html`<section class="group"><div class="title">${title}</div><ul class="members">${members.map(
        ({ label, run }) =>
          html`<li>${label !== "" && html`<div class="label">${label}</div>`}${node(run, steps)}</li>`,
      )}</ul></section>`;
    }
  }
}
