/**
 * Style: how a result's page looks, light and dark, and the colours of lines: those that colour-blind readers can tell
 * apart (after Okabe and Ito), tickwire's always the blue.
 */

/** Colours by slot; a result of more sides than these begins anew. */
export const SLOTS = 5

const LIGHT = {
  page: '#fcfcfb',
  card: '#ffffff',
  text: '#17191c',
  quiet: '#5f666f',
  edge: '#e3e5e8',
  alarm: '#b3261e',
  slots: ['#0066b8', '#c45500', '#007d5a', '#a04a86', '#6b6b00'],
}

const DARK = {
  page: '#101316',
  card: '#181c20',
  text: '#eceef0',
  quiet: '#9aa3ad',
  edge: '#2b3138',
  alarm: '#c9372c',
  slots: ['#5ab4f5', '#f0983a', '#2fc49a', '#dd93c4', '#d6cf4f'],
}

/** Where the ground is not known to be light or dark, as on a page of a repository. */
const NEUTRAL = {
  ...LIGHT,
  quiet: '#7d8590',
  edge: '#8c959f55',
  slots: ['#2f81d6', '#d6701a', '#1f9d78', '#b5689f', '#8f8a1f'],
}

const CHART = `
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--quiet)}
svg .end{font-weight:600}
.grid{stroke:var(--edge);stroke-width:1;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.s0{stroke-width:3}
.dashed{stroke-dasharray:1 5}
.tip{fill-opacity:0}
.tip:hover{fill-opacity:.55}
${slots((i) => `.line.s${i}{stroke:var(--s${i})}.tip.s${i},svg .end.s${i}{fill:var(--s${i})}`)}`

/** For an SVG in a file of its own. */
export const CHART_STYLE = `svg{${variables(NEUTRAL)}}${CHART}`

/** For a page. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:clamp(22px,4vw,32px);line-height:1.2;margin:4px 0 20px;text-wrap:balance}
h2{font-size:16px;margin:0}
p{margin:2px 0 10px}
.quiet,small{color:var(--quiet);font-size:13px}
small{display:block;font-weight:400}
.void{background:var(--alarm);color:#fff;border-radius:10px;padding:12px 18px;margin:0 0 20px;font-weight:600}
.void ul{margin:6px 0 0;padding-left:20px;font-weight:400}
.tiles{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));margin:0 0 16px}
.tile,section{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:14px 16px}
section{margin:0 0 16px;overflow-x:auto}
.tile b{display:block;font-size:28px;line-height:1.25;font-weight:650}
.tile i{font:14px system-ui,sans-serif}
.tile div{display:flex;justify-content:space-between;gap:12px;font-size:14px}
.grid2{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr))}
.grid2 section{min-width:0}
details{margin:0 0 16px}
summary{cursor:pointer;padding:4px 0 12px;font-weight:600}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;border-top:1px solid var(--edge);vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;font-weight:500}
thead th{border-top:0}
ul.ratios{list-style:none;margin:8px 0 0;padding:0}
code{font:13px ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.narrow{display:none}
@media (max-width:640px){.wide,td:first-child small{display:none}.narrow{display:block}}
${CHART}
${slots((i) => `.name.s${i},.tile .s${i}{color:var(--s${i})}`)}
`

function variables({ slots, ...colours }: typeof LIGHT): string {
  const named = Object.entries(colours).map(([name, colour]) => `--${name}:${colour}`)
  return [...named, ...slots.map((colour, i) => `--s${i}:${colour}`)].join(';')
}

function slots(rule: (slot: number) => string): string {
  return Array.from({ length: SLOTS }, (_, i) => rule(i)).join('\n')
}
