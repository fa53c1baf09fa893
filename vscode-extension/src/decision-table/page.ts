/** A decision table as a page shows it. */
import type { DecisionTableView, RouteTable, TableRow } from "../../../lsp/requests/protocol.ts";
import { type Html, html, linkTo } from "../html.ts";

export const BODY: Html = html`<main class="table"><div id="tables" aria-live="polite"></div></main>`;

export function tablesHtml({ routes }: DecisionTableView): Html {
  return html`${routes.map(routeHtml)}`;
}

function routeHtml({ names, columns, rows, more }: RouteTable): Html {
  const rules = new Set(rows.map(({ rule }) => rule.index)).size;
  const counts = `${rules} ${rules === 1 ? "rule" : "rules"}, ${rows.length + more} ${rows.length + more === 1 ? "row" : "rows"}`;
  return html`<section><h2>route ${names.join(", ")} <span class="says">${counts}; the first row that matches decides</span></h2>
<div class="scroll" tabindex="0" role="region" aria-label="Decision table of route ${names.join(", ")}"><table>
<thead><tr><th scope="col">rule</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}<th scope="col">then</th></tr></thead>
<tbody>${rows.map((row, i) => rowHtml(row, rows[i - 1]?.rule.index !== row.rule.index))}</tbody>
</table></div>${more > 0 && html`<p class="note">${more} rows more are not shown.</p>`}</section>`;
}

function rowHtml({ rule, cells, outcome }: TableRow, begins: boolean): Html {
  const label = `Go to rule ${rule.index}: ${rule.text}`;
  return html`<tr${begins && html` class="begins"`}><th scope="row">${linkTo(rule.location, `${rule.index}`, label)}</th>${cells.map(
    (cell) =>
      cell === "" ? html`<td class="any"><span aria-label="any">·</span></td>` : html`<td><code>${cell}</code></td>`,
  )}<td><code>${outcome}</code></td></tr>`;
}
