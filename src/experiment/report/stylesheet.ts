/** The report's style: one column on paper and screens, tables that scroll sideways on narrow ones. */
export const STYLESHEET = `
:root { color-scheme: light; --ink: #1b2733; --soft: #5b6875; --line: #d6dce2; --wash: #f4f7f9;
  --good: #006b55; --bad: #b3101c; --open: #7a5c00; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink);
  font: 15px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 36px 28px 48px; }
header .kicker { color: var(--soft); margin: 0 0 4px; font-size: 13px; letter-spacing: .02em; }
h1 { font-size: 27px; line-height: 1.25; margin: 0 0 16px; max-width: 34em; text-wrap: balance; }
h2 { font-size: 18px; margin: 38px 0 10px; padding-bottom: 4px; border-bottom: 2px solid var(--ink); }
p { margin: 8px 0; max-width: 46em; }
.status { display: inline-block; margin: 2px 0 6px; padding: 7px 14px; border: 1.5px solid currentColor;
  border-radius: 6px; font-size: 15px; }
.status.good, .good { color: var(--good); } .status.bad, .bad { color: var(--bad); }
.status.open, .open { color: var(--open); }
.note { color: var(--soft); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; text-align: left; vertical-align: baseline; }
thead th { border-bottom: 1.5px solid var(--ink); vertical-align: bottom; font-weight: 600; line-height: 1.25; }
thead .unit { display: block; font-weight: 400; color: var(--soft); font-size: 12px; }
tbody th { font-weight: 600; }
tbody tr.group > * { border-top: 1px solid var(--line); }
tbody tr.major > * { border-top: 1.5px solid var(--soft); }
tbody tr:first-child > * { border-top: 0; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
td .margin { color: var(--soft); }
td .same { visibility: hidden; }
td .none { color: var(--soft); }
td.verdict { white-space: nowrap; }
figure { margin: 18px 0; }
figure > svg { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: 13px; margin-top: 6px; max-width: 56em; }
ul.expectations { list-style: none; padding: 0; margin: 8px 0; }
ul.expectations > li { padding: 7px 0; border-top: 1px solid var(--line); }
ul.expectations > li:first-child { border-top: 0; }
ul.expectations ul { margin: 4px 0 4px 22px; padding: 0; font-size: 13.5px; }
code, pre { font-family: Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 12.5px; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 5px; padding: 8px 12px;
  margin: 6px 0; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 8px 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 40px; padding-top: 10px; border-top: 1px solid var(--line); }
@media (max-width: 640px) {
  main { padding: 20px 14px 32px; } h1 { font-size: 21px; } th, td { padding: 4px 7px; }
  figure { overflow-x: auto; } figure > svg { min-width: 520px; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; }
}
@media print {
  @page { margin: 14mm 12mm; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h1 { font-size: 17pt; } h2 { font-size: 13pt; break-after: avoid; }
  table { font-size: 8pt; } th, td { padding: 2px 5px; }
  thead { display: table-header-group; } tr, li { break-inside: avoid; }
  figure { break-inside: avoid; } figure.tall { break-inside: auto; }
  .wide { overflow: visible; } pre { background: none; }
}
`;
