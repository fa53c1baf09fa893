/** The form of a request, made from what the policy reads of one. */
import type { Field, Form } from "../../../lsp/requests/protocol.ts";
import { type Html, html } from "../html.ts";
import type { Filled } from "./request.ts";

const TITLES = { attributes: "Request", signals: "Signals", state: "State" } as const;

export function formHtml(form: Form, filled: Filled, pasted: boolean): Html {
  const parts = (["attributes", "signals", "state"] as const).map((part) => {
    const fields = form.fields.filter((field) => field.part === part);
    return (
      fields.length > 0 &&
      html`<fieldset class="${part === "attributes" ? "" : "small"}"><legend>${TITLES[part]}</legend><div class="fields">${fields.map((field) => fieldHtml(field, filled.fields[field.name] ?? ""))}</div></fieldset>`
    );
  });
  return html`<form id="request" aria-label="The request"${pasted && html` class="aside"`}>
<div class="fields">
<div class="field"><label for="route">route</label>${select("route", form.routes.map(same), filled.route || (form.routes[0] ?? ""))}</div>
<div class="field"><label for="whyNot">why not…</label>${select("whyNot", wantedIn(form), filled.whyNot)}</div>
</div>
${parts}
<div class="actions">
<button type="button" id="clear" class="secondary">Clear</button>
<details id="paste"><summary>Paste a request</summary>
<label for="pasted">As JSON: what <code>routec explain --request</code> takes, or a whole HTTP request with <code>headers</code>, <code>claims</code> and <code>body</code></label>
<textarea id="pasted" rows="6" spellcheck="false" placeholder='{ "headers": {}, "body": { "model": "${form.routes[0] ?? "chat"}", "messages": [] } }'></textarea>
<button type="button" id="usePasted">Use it</button>
</details>
</div>
</form>`;
}

type Option = readonly [value: string, text: string];

function same(text: string): Option {
  return [text, text];
}

function wantedIn({ wanted }: Form): readonly Option[] {
  return [
    ["", "nothing asked"],
    ...wanted.plans.map((name): Option => [name, `plan ${name}`]),
    ...wanted.models.map((name): Option => [name, `model ${name}`]),
  ];
}

function fieldHtml(field: Field, value: string): Html {
  const { name, input, from } = field;
  const id = `field-${name}`;
  const needed = field.default === undefined;
  const unit = input.kind === "number" && input.unit !== "" && html` <span class="unit">${input.unit}</span>`;
  return html`<div class="field" data-field="${name}"><label for="${id}">${name}${needed && html`<span class="needed" title="required"> *</span>`}${unit}<span class="from">${from}</span></label>${control(field, id, value)}</div>`;
}

function control(field: Field, id: string, value: string): Html {
  const { input, name } = field;
  const own = field.default === undefined ? "" : String(field.default);
  switch (input.kind) {
    case "bool":
    case "choice": {
      const members = input.kind === "bool" ? ["true", "false"] : input.members;
      const unset: Option = ["", own === "" ? "choose…" : `${own} (default)`];
      const rest = members.filter((member) => member !== own || value === member);
      return select(name, [unset, ...rest.map(same)], value, id);
    }
    default: {
      const known = input.kind === "text" ? input.known : [];
      const list =
        known.length > 0 &&
        html`<datalist id="${id}-known">${known.map((text) => html`<option value="${text}">`)}</datalist>`;
      return html`<input id="${id}" name="${name}" value="${value}" placeholder="${own}" autocomplete="off" spellcheck="false"${
        field.default === undefined && html` required aria-required="true"`
      }${known.length > 0 && html` list="${id}-known"`}${input.kind === "number" && html` inputmode="decimal"`}>${list}`;
    }
  }
}

function select(name: string, options: readonly Option[], chosen: string, id = name): Html {
  return html`<select id="${id}" name="${name}">${options.map(
    ([value, text]) => html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`,
  )}</select>`;
}
