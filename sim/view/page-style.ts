/** Colours and type of all pages of the simulator, light and dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --surface: #ffffff; --sunken: #eef1f4; --line: #d9dfe5; --faint: #c3ccd5; --text: #17202a; --quiet: #55616e;
  --accent: #0b5fce; --good: #12733c; --good-ground: #d9f0e2; --bad: #b3261e; --bad-ground: #fbe0de; --fair: #7a4d00;
  --fair-ground: #fdecc8; --ring: #0b5fce66; --udp: #0b5fce; --tcp: #6b3fa0; --icmp: #8a5a00; --state: #12733c; --chosen: #dceafc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11161b; --surface: #1a2128; --sunken: #141a20; --line: #2f3943; --faint: #45515c; --text: #e8edf2; --quiet: #a3afbb;
    --accent: #7db3ff; --good: #6fd598; --good-ground: #163323; --bad: #ff9d95; --bad-ground: #45201e; --fair: #f0c168;
    --fair-ground: #3a2d12; --ring: #7db3ff80; --udp: #7db3ff; --tcp: #c7a6f5; --icmp: #e6b566; --state: #6fd598; --chosen: #21364d;
  }
}
@media print { :root { color-scheme: light; } }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
:focus-visible { outline: 3px solid var(--ring); outline-offset: 1px; border-radius: 4px; }
h1 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -0.015em; margin: 0; }
h2 { font-size: 1.05rem; line-height: 1.3; margin: 0 0 0.6rem; }
h3 { font-size: 0.9rem; margin: 1.1rem 0 0.4rem; }
p { margin: 0 0 0.8rem; max-width: 75ch; }
.quiet { color: var(--quiet); }
code, pre { font: 0.86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.15rem 0.9rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; min-width: 0; }
`;
