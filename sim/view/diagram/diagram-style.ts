/** The style of sequence diagrams. */
export const DIAGRAM_STYLE = `
html, body { height: 100%; }
body { display: flex; flex-direction: column; }
header { background: var(--surface); border-bottom: 1px solid var(--line); padding: 0.7rem 1rem 0.6rem; }
.titles { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 1.2rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0; max-width: none; color: var(--text); font-variant-numeric: tabular-nums; }
.facts i { font-style: normal; color: var(--quiet); }
.replay { margin: 0.35rem 0 0; max-width: none; }
.replay code { background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; padding: 0.1rem 0.45rem; user-select: all; overflow-wrap: anywhere; }
.note { margin: 0.35rem 0 0; color: var(--fair); }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0.45rem 0.8rem; margin-top: 0.6rem; }
.tools input[type="search"] { flex: 1 1 14rem; max-width: 24rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint); border-radius: 7px; padding: 0.3rem 0.6rem; }
.tools button { font: inherit; color: var(--text); background: var(--sunken); border: 1px solid var(--faint); border-radius: 7px; padding: 0.25rem 0.7rem; cursor: pointer; }
.tools button:hover { border-color: var(--accent); }
.tools details { position: relative; }
.tools summary { cursor: pointer; padding: 0.25rem 0; }
.switches { position: absolute; right: 0; z-index: 5; display: flex; gap: 0.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 0.8rem; box-shadow: 0 6px 24px #0003; max-height: 70vh; overflow: auto; }
fieldset { border: 0; margin: 0; padding: 0 0.5rem; display: grid; gap: 0.2rem; align-content: start; }
legend { padding: 0; font-weight: 600; font-size: 0.85rem; color: var(--quiet); margin-bottom: 0.3rem; }
fieldset label { white-space: nowrap; }
input[type="checkbox"] { accent-color: var(--accent); }
#status { color: var(--quiet); font-variant-numeric: tabular-nums; }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) minmax(18rem, 34rem); }
#view { overflow: auto; position: relative; background: var(--surface); }
#view:focus-visible { outline-offset: -3px; }
#heads { position: sticky; top: 0; z-index: 2; height: 44px; background: var(--surface); border-bottom: 1px solid var(--line); }
#heads .corner { position: sticky; left: 0; z-index: 1; height: 100%; background: var(--surface); }
.party { position: absolute; top: 4px; transform: translateX(-50%); text-align: center; line-height: 1.2; white-space: nowrap; padding: 0 2px; }
.party b { display: block; font-size: 0.92rem; overflow: hidden; text-overflow: ellipsis; }
.party span { font-size: 0.75rem; color: var(--quiet); font-variant-numeric: tabular-nums; display: block; overflow: hidden; text-overflow: ellipsis; }
.party.nat b { font-weight: 500; color: var(--quiet); }
#sizer { position: relative; }
#sizer svg { position: absolute; left: 0; display: block; }
#nothing { position: absolute; top: 60px; left: 24px; color: var(--quiet); }
#details { overflow: auto; border-left: 1px solid var(--line); padding: 0.9rem 1rem 2rem; background: var(--ground); }
.fields { border-left: 2px solid var(--line); padding-left: 0.7rem; }
.fields .fields { grid-column: 1 / -1; margin: 0.1rem 0 0.3rem; }
.bytes { margin: 0; padding: 0.6rem 0.7rem; background: var(--sunken); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; font-size: 0.72em; }
svg text { font: 12.5px/1 system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: var(--text); }
.band { fill: transparent; }
.row { cursor: pointer; }
.band { cursor: pointer; }
.band:hover { fill: var(--sunken); }
.band.chosen { fill: var(--chosen); }
.life { stroke: var(--faint); stroke-width: 1.5; }
.life.nat { stroke-dasharray: 3 4; }
.down { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 1; stroke-dasharray: 2 2; }
.gutter { fill: var(--surface); }
.times { pointer-events: none; }
.times text { text-anchor: end; font-variant-numeric: tabular-nums; fill: var(--quiet); }
.times text.end { opacity: 0.65; }
.quiet line { stroke: var(--faint); stroke-dasharray: 1 5; }
.quiet text { fill: var(--quiet); font-style: italic; paint-order: stroke; stroke: var(--surface); stroke-width: 6px; }
.row text { paint-order: stroke; stroke: var(--surface); stroke-width: 4px; stroke-linejoin: round; }
.row.chosen text { stroke: var(--chosen); }
.label { fill: var(--udp); font-weight: 550; }
.tcp .label { fill: var(--tcp); }
.icmp .label { fill: var(--icmp); }
.start { fill: var(--quiet); }
.arrow { cursor: pointer; color: var(--udp); }
.arrow.tcp { color: var(--tcp); }
.arrow.icmp { color: var(--icmp); }
.arrow .line, .arrow.open { stroke: currentColor; stroke-width: 1.4; fill: none; }
.arrow.open { stroke-dasharray: 4 4; }
.arrow .hit { stroke: transparent; stroke-width: 10; fill: none; pointer-events: stroke; }
.arrow .head { fill: currentColor; stroke: none; }
.arrow .box { fill: var(--surface); stroke: currentColor; stroke-width: 1.2; }
.arrow.lost { color: var(--bad); }
.arrow.lost .line { stroke-dasharray: 5 3; }
.arrow.lost .head { fill: none; stroke: var(--bad); stroke-width: 2; }
.arrow:hover .line, .arrow.chosen .line { stroke-width: 2.6; }
.trouble .label { fill: var(--bad); }
.sign { fill: var(--quiet); stroke: var(--surface); stroke-width: 1; }
.transition .sign { fill: var(--state); }
.transition .mark { fill: var(--state); }
.message .sign { fill: var(--tcp); }
.nat .sign { fill: var(--icmp); }
.process .sign { fill: var(--accent); }
.process .mark { font-weight: 600; }
.trouble .sign { fill: none; stroke: var(--bad); stroke-width: 2.2; }
.trouble .mark, .violation text.across { fill: var(--bad); font-weight: 600; }
line.across { stroke: var(--faint); stroke-dasharray: 6 4; }
text.across { fill: var(--quiet); }
.violation line.across { stroke: var(--bad); stroke-width: 2; stroke-dasharray: none; }
#printed { display: none; }
@media (max-width: 60rem) {
  main { grid-template-columns: 1fr; grid-template-rows: minmax(0, 3fr) minmax(8rem, 2fr); }
  #details { border-left: 0; border-top: 1px solid var(--line); }
  header { position: relative; }
  .tools details { position: static; }
  .switches { left: 1rem; right: 1rem; }
}
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  html, body { height: auto; }
  body { display: block; background: none; font-size: 10pt; }
  .tools, main { display: none; }
  header { border: 0; padding: 0 0 4mm; background: none; }
  #printed { display: block; }
  #printed svg { display: block; width: 100%; break-inside: avoid; }
  #printed .name { font-weight: 600; text-anchor: middle; }
}
`;
