/** The page in which form and result stand. */
import { type Html, html } from "../html.ts";

export const BODY: Html = html`<main>
<h1>What happens to…</h1>
<div id="form"></div>
<div id="stale" aria-live="polite"></div>
<div id="result" aria-live="polite" aria-busy="true"></div>
</main>`;
