/** The style of all pages. Its digest stands in the content security policy, so it is sent with each page. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --surface: #ffffff; --sunken: #eef1f4; --line: #d9dfe5; --text: #17202a; --quiet: #55616e;
  --accent: #0b5fce; --accent-strong: #084aa2; --on-accent: #ffffff; --good: #12733c; --good-ground: #e3f4ea;
  --bad: #b3261e; --bad-ground: #fdeceb; --ring: #0b5fce66;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11161b; --surface: #1a2128; --sunken: #141a20; --line: #2f3943; --text: #e8edf2; --quiet: #a3afbb;
    --accent: #7db3ff; --accent-strong: #a5caff; --on-accent: #0c1a2b; --good: #6fd598; --good-ground: #163323;
    --bad: #ff9d95; --bad-ground: #3b1d1b; --ring: #7db3ff80;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--surface); padding: 0.5rem 1rem; z-index: 1; }
header { background: var(--surface); border-bottom: 1px solid var(--line); }
.bar { max-width: 68rem; margin: 0 auto; padding: 0.75rem 1.25rem; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.5rem; }
.brand { display: inline-flex; align-items: center; gap: 0.6rem; font-weight: 650; letter-spacing: -0.01em; color: var(--text); text-decoration: none; }
.brand svg { color: var(--accent); }
nav { display: flex; gap: 1.25rem; flex: 1; }
nav a { color: var(--quiet); text-decoration: none; padding: 0.25rem 0; border-bottom: 2px solid transparent; }
nav a:hover { color: var(--text); }
nav a[aria-current] { color: var(--text); border-color: var(--accent); }
.who { display: flex; align-items: center; gap: 0.75rem; color: var(--quiet); }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
main.narrow { max-width: 26rem; padding-top: 8vh; }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 0.25rem; }
h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 0.75rem; }
p { margin: 0 0 1rem; max-width: 62ch; }
.quiet { color: var(--quiet); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin: 1.25rem 0; }
.card > :last-child { margin-bottom: 0; }
.notice { border-left: 4px solid var(--accent); }
.notice.bad { border-left-color: var(--bad); background: var(--bad-ground); }
.notice.good { border-left-color: var(--good); }
.head { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: 0.5rem 1rem; }
.head p { margin: 0; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.75rem 1rem; vertical-align: middle; }
thead th { font-size: 0.85rem; font-weight: 600; color: var(--quiet); background: var(--sunken); white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
td.number { white-space: nowrap; }
td.act, th.act { text-align: right; }
.sub { display: block; font-weight: 400; color: var(--quiet); font-size: 0.85rem; }
tbody tr.rival { border-top: 0; background: var(--bad-ground); }
tbody tr.rival td { box-shadow: inset 4px 0 var(--bad); padding: 1rem 1.25rem; }
.rival dl { margin-bottom: 1rem; }
.choice { display: flex; flex-wrap: wrap; gap: 0.75rem; }
.list { padding: 0; overflow: hidden; }
.state { display: inline-flex; align-items: center; gap: 0.5rem; white-space: nowrap; border-radius: 99px; padding: 0.1rem 0.7rem 0.1rem 0.55rem; font-size: 0.85rem; background: var(--sunken); color: var(--quiet); }
.state::before { content: ""; width: 0.55rem; height: 0.55rem; border-radius: 50%; border: 2px solid currentColor; }
.state.online { background: var(--good-ground); color: var(--good); }
.state.online::before { background: currentColor; }
form { margin: 0; }
.fields { display: grid; gap: 1rem; }
.across { grid-template-columns: minmax(12rem, 2fr) minmax(9rem, 1fr) auto; align-items: end; }
label { display: block; font-weight: 600; font-size: 0.9rem; margin-bottom: 0.3rem; }
.hint { display: block; font-weight: 400; color: var(--quiet); font-size: 0.85rem; margin-top: 0.3rem; }
input:not([type]), input[type="text"], input[type="password"], select {
  width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; padding: 0.55rem 0.75rem; min-height: 2.75rem;
}
.check { display: flex; align-items: start; gap: 0.6rem; grid-column: 1 / -1; }
.across > button { grid-area: 1 / 3; }
.check label { margin: 0; }
.check input { flex: none; width: 1.15rem; height: 1.15rem; margin-top: 0.15rem; accent-color: var(--accent); }
button {
  font: inherit; font-weight: 600; border: 1px solid transparent; border-radius: 8px; padding: 0.5rem 1.1rem; min-height: 2.75rem; cursor: pointer; background: var(--accent); color: var(--on-accent);
}
button:hover { background: var(--accent-strong); }
button.plain { background: transparent; color: var(--accent); border-color: var(--line); }
button.plain:hover { background: var(--sunken); }
button.small { min-height: 2.25rem; padding: 0.25rem 0.9rem; font-size: 0.9rem; }
button:disabled { background: var(--sunken); color: var(--quiet); cursor: not-allowed; }
code { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0 0 1rem; padding: 0.85rem 1rem; background: var(--sunken); border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.code { font-size: 1.35rem; letter-spacing: 0.04em; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.25rem; }
.answers h3 { font: 600 0.85rem/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; color: var(--quiet); margin: 0 0 0.4rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.empty { text-align: center; padding: 3rem 1.5rem; }
.empty p { margin-left: auto; margin-right: auto; }
@media (max-width: 48rem) {
  nav { order: 3; flex-basis: 100%; }
  .who { margin-left: auto; }
  .across { grid-template-columns: 1fr; }
  .across > button { grid-area: auto; }
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; left: -100vw; }
  tbody tr { padding: 1rem; }
  th, td { padding: 0.15rem 0; }
  td[data-label] { display: grid; grid-template-columns: 7.5rem 1fr; }
  td[data-label]::before { content: attr(data-label); color: var(--quiet); }
  td[data-label] .sub { grid-column: 2; }
  tbody tr.rival { padding: 0; }
  .rival dl { grid-template-columns: 1fr; }
  td.act { text-align: left; padding-top: 0.75rem; }
  td.act button { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { button, a { transition: background-color 0.12s, color 0.12s; } }
`;
