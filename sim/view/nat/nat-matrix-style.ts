/** The style of the hole-punch matrix. */
export const NAT_MATRIX_STYLE = `
main { padding: 1.4rem 1.6rem 3rem; }
h1 { margin-bottom: 0.5rem; }
h2 { margin-top: 2rem; }
.hidden { position: absolute; left: -100vw; }
.legend { list-style: none; margin: 0 0 1.1rem; padding: 0; display: grid; gap: 0.35rem; }
.legend li { display: flex; gap: 0.7rem; align-items: baseline; }
.legend b { font-weight: 600; color: var(--quiet); white-space: nowrap; }
.split { display: grid; grid-template-columns: minmax(0, max-content) minmax(15rem, 22rem); gap: 1.3rem; align-items: start; }
.scroll { overflow: auto; max-height: 88vh; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
th { font-weight: 500; font-size: 0.82rem; text-align: left; white-space: nowrap; background: var(--surface); }
tbody th { position: sticky; left: 0; z-index: 1; padding: 0 0.6rem; }
thead th, .corner { position: sticky; top: 0; z-index: 2; background: var(--surface); vertical-align: bottom; padding: 0.5rem 0; }
thead th span { writing-mode: vertical-rl; transform: rotate(180deg); display: inline-block; padding: 0 0.25rem; }
.corner { left: 0; z-index: 3; padding: 0.5rem 0.6rem; color: var(--quiet); font-size: 0.82rem; }
.cell { text-align: center; min-width: 2.15rem; height: 1.75rem; border-radius: 4px; font-size: 0.85rem; cursor: default; }
.legend .cell { display: inline-block; flex: none; line-height: 1.75rem; }
.always { background: var(--good-ground); color: var(--good); font-weight: 650; }
.depends { background: var(--fair-ground); color: var(--fair); font-weight: 650; }
.one-sided { background: var(--sunken); color: var(--quiet); box-shadow: inset 0 0 0 1px var(--faint); }
.never { background: var(--bad-ground); color: var(--bad); }
td.cell:hover, td.cell:focus { outline: 2px solid var(--accent); outline-offset: -1px; }
tr:hover > th { color: var(--accent); }
aside { position: sticky; top: 1rem; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.1rem; }
aside p:last-child { margin: 0; }
.profiles { grid-template-columns: max-content 1fr; gap: 0.35rem 1.2rem; max-width: 75rem; }
.profiles dt { font-weight: 600; color: var(--text); }
@media (max-width: 70rem) { .split { grid-template-columns: 1fr; } aside { position: static; } .profiles { grid-template-columns: 1fr; } }
@media print {
  @page { size: A3 landscape; margin: 10mm; }
  aside { display: none; } .split { display: block; } .scroll { max-height: none; overflow: visible; border: 0; }
  .cell { print-color-adjust: exact; } tbody th, thead th, .corner { position: static; }
}
`;
