/** HTML as text: what is put into it is escaped, whatever a policy says. */

/** A piece of markup. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** Markup with values in it: texts are escaped, markup is taken as it is, `undefined` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + textOf(parts[i - 1]) + string));
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  return typeof part === "object" ? part.map(textOf).join("") : escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

export interface PageParts {
  readonly title: string;
  /** Where the webview may take style sheets from. */
  readonly source: string;
  /** Of this page alone: no other script runs in it. */
  readonly nonce: string;
  readonly styles: readonly string[];
  readonly script: string;
  readonly body: Html;
}

/** A whole page, in which nothing comes from outside the extension and no script but its own runs. */
export function page({ title, source, nonce, styles, script, body }: PageParts): string {
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}';`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${styles.map((style) => html`<link rel="stylesheet" href="${style}">`)}
</head>
<body>
${body}
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`.text;
}

/** A button that opens a place in the source; the page's script tells the extension. */
export function linkTo(
  {
    uri,
    range: { start },
  }: { readonly uri: string; readonly range: { readonly start: { line: number; character: number } } },
  content: Html | string,
  label: string,
): Html {
  return html`<button type="button" class="link" data-uri="${uri}" data-line="${start.line}" data-character="${start.character}" title="${label}" aria-label="${label}">${content}</button>`;
}

/** Dollars: whole cents, or three digits of less. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  if (amount >= 0.01) return `$${(Math.ceil(amount * 100 - 1e-9) / 100).toFixed(2)}`;
  return `$${Number(amount.toPrecision(3)).toFixed(Math.min(9, 2 - Math.floor(Math.log10(amount))))}`;
}
