/**
 * The look of a report, in light and in dark. Colours of series are told apart by people who see fewer of them (Okabe and
 * Ito, "Color universal design", 2008), and lines by their dashes as well.
 */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1a1a; --faint: #595959; --rule: #d9d9d9; --wash: #f4f4f4;
  --c0: #0072b2; --c1: #d55e00; --c2: #00795b; --c3: #a8467d; --c4: #8a6d00; --c5: #1a1a1a; --warn: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e8e8e8; --faint: #a8a8a8; --rule: #3a3d42;
  --wash: #22252a; --c0: #56b4e9; --c1: #f28e4b; --c2: #2fc195; --c3: #dd91bd; --c4: #e0c23c; --c5: #e8e8e8; --warn: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
p { max-width: 44rem; } code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.figures div { background: var(--wash); border-radius: .5rem; padding: .75rem 1rem; }
.figures dt { color: var(--faint); font-size: .85rem; } .figures dd { margin: 0; }
.figures dd.value { font-size: 1.45rem; font-variant-numeric: tabular-nums; } .figures dd.note { color: var(--faint); font-size: .85rem; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); font-size: .85rem; padding-bottom: .35rem; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; } .number { text-align: right; white-space: nowrap; }
figure { margin: 1.25rem 0; } figcaption { color: var(--faint); font-size: .85rem; margin-bottom: .35rem; }
.chart { width: 100%; height: auto; display: block; } .chart text { font-size: 12px; fill: var(--ink); }
.chart .name { fill: var(--faint); } .chart .note { fill: var(--ink); font-size: 11.5px; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.grid { stroke: var(--rule); fill: none; } .level { stroke: var(--warn); stroke-dasharray: 6 4; fill: none; }
.span { fill: var(--warn); opacity: .14; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .dot { stroke: var(--paper); stroke-width: 1; }
${[0, 1, 2, 3, 4, 5].map((n) => `.line.c${n} { stroke: var(--c${n}); } .dot.c${n}, .bar.c${n} { fill: var(--c${n}); }`).join("\n")}
.line.c1 { stroke-dasharray: 7 3; } .line.c2 { stroke-dasharray: 2 3; } .line.c3 { stroke-dasharray: 9 3 2 3; }
.line.c4 { stroke-dasharray: 12 4; } .line.c5 { stroke-dasharray: 4 2 1 2; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .35rem 0; padding: 0; font-size: .88rem; }
.legend svg { width: 26px; height: 10px; margin-right: .4rem; vertical-align: middle; }
details { font-size: .88rem; } summary { color: var(--faint); cursor: pointer; }
footer { margin-top: 3rem; color: var(--faint); font-size: .85rem; }
`;
