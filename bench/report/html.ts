/**
 * Html: a result as one page that needs nothing else: no network, no script. What a person is to see first stands
 * first: the question, whether it is void, the figures that answer it, how they went over time.
 */
import { drawChart, escapeHtml } from './chart.ts'
import { describe } from './figures.ts'
import {
  format,
  formatEnvironment,
  formatPairs,
  formatRatioLine,
  formatSide,
  formatSpread,
} from './format.ts'
import { type Plot, percentilesOf, slotsOf, timelinesOf } from './plots.ts'
import type { Result } from './result.ts'
import { PAGE_STYLE } from './style.ts'
import { flagsOf, RATIO_LINES_MAX, ratioRows, roundsOf } from './table.ts'

const RATIOS = 'Taken round by round, so that what disturbed both servers at once cancels out.'
const TILES = 4
const WIDE = { width: 1_010, height: 340 } as const
const NARROW = { width: 350, height: 260 } as const
const SMALL = { width: 430, height: 190 } as const

/** The whole page. */
export function printHtml(result: Result): string {
  const { scenario, question } = result
  const [first, ...others] = timelinesOf(result)
  const shown = others.filter(({ isShown }) => isShown)
  const more = others.filter(({ isShown }) => !isShown)
  const percentiles = percentilesOf(result)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(`${scenario}: ${question}`)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<div class="quiet">tickwire bench: ${escapeHtml(scenario + flagsOf(result))}</div>
<h1>${escapeHtml(question)}</h1>
${banner(result)}
${tiles(result)}
${first === undefined ? '' : large(first)}
${percentiles === null ? '' : large(percentiles)}
${grid(shown)}
${table(result)}
${more.length === 0 ? '' : `<details><summary>More over time</summary>${grid(more)}</details>`}
${origin(result)}
</main>
</body>
</html>
`
}

function banner({ voids }: Result): string {
  if (voids.length === 0) return ''
  return `<div class="void" role="alert">Void: these figures must not be quoted${list(voids)}</div>`
}

/** The figures that answer the question: those that the scenario names first. */
function tiles(result: Result): string {
  const slots = slotsOf(result.sides)
  const tile = (name: string) => {
    const rows = result.sides.map(({ name: side, figures }, i) => {
      const value = escapeHtml(format(name, figures[name]?.median))
      const named = escapeHtml(side)
      return i === 0
        ? `<b class="s${slots[i]}">${value} <i>${named}</i></b>`
        : `<div><span class="s${slots[i]}">${named}</span><span>${value}</span></div>`
    })
    return `<div class="tile"><span class="quiet">${escapeHtml(describe(name).label)}</span>${rows.join('')}</div>`
  }
  return `<div class="tiles">${namesOf(result).slice(0, TILES).map(tile).join('\n')}</div>`
}

/** Drawn twice: on a phone, the wide one would have letters of half the size. */
function large(plot: Plot): string {
  const wide = drawChart(plot.chart(WIDE.width, WIDE.height), 'class="wide"')
  const narrow = drawChart(plot.chart(NARROW.width, NARROW.height), 'class="narrow"')
  return `<section>${heading(plot)}${wide}${narrow}</section>`
}

function grid(plots: readonly Plot[]): string {
  return plots.length === 0 ? '' : `<div class="grid2">${plots.map(small).join('\n')}</div>`
}

function small(plot: Plot): string {
  return `<section>${heading(plot)}${drawChart(plot.chart(SMALL.width, SMALL.height))}</section>`
}

function heading({ title, says }: Plot): string {
  return `<h2>${escapeHtml(title)}</h2><p class="quiet">${escapeHtml(says)}</p>`
}

function table(result: Result): string {
  const { sides } = result
  const slots = slotsOf(sides)
  const heads = sides.map(
    (side, i) =>
      `<th scope="col" class="name s${slots[i]}">${escapeHtml(formatSide(side, sides))}</th>`,
  )
  const rows = namesOf(result).map((name) => {
    const { label, says } = describe(name)
    const cells = sides.map(({ figures }) => cell(formatSpread(name, figures[name])))
    return `<tr><td>${escapeHtml(label)}<small>${escapeHtml(says)}</small></td>${cells.join('')}</tr>`
  })
  return `<section><h2>Figures</h2><p class="quiet">${spreadNote(result)}</p>
<table><thead><tr><th scope="col"></th>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>
${ratios(result)}`
}

/** What is to be quoted. */
function ratios(result: Result): string {
  if (result.ratios.length === 0) return ''
  const lines = result.ratios.map(
    (ratio) => `<li><code>${escapeHtml(formatRatioLine(ratio))}</code></li>`,
  )
  const [heads, ...rows] = ratioRows(result)
  const head = heads!.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')
  return `<section><h2>Ratios</h2><p class="quiet">${RATIOS}</p>${
    lines.length > RATIO_LINES_MAX
      ? `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
      : `<ul class="ratios">${lines.join('')}</ul>`
  }</section>`
}

/** The brackets below the median: on a phone they have no room beside it. */
function cell(spread: string): string {
  const at = spread.indexOf(' (')
  if (at === -1) return `<td>${escapeHtml(spread)}</td>`
  return `<td>${escapeHtml(spread.slice(0, at))}<small>${escapeHtml(spread.slice(at + 1))}</small></td>`
}

function spreadNote({ sides }: Result): string {
  const rounds = Math.max(0, ...sides.map(roundsOf))
  return rounds < 2
    ? 'One round: how far figures spread is not known.'
    : `Median of ${rounds} rounds, in brackets the least and the most of them. Quote ratios, not single figures.`
}

function origin({ command, values, environment, remarks }: Result): string {
  const lines = [formatPairs(values), ...formatEnvironment(environment)]
  return `<section><h2>Where it comes from</h2><p><code>${escapeHtml(command)}</code></p>
${lines.map((line) => `<p class="quiet">${escapeHtml(line)}</p>`).join('\n')}
${remarks.length === 0 ? '' : list(remarks)}</section>`
}

function list(texts: readonly string[]): string {
  return `<ul>${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`
}

function namesOf({ shown, sides }: Result): string[] {
  return shown.filter((name) => sides.some(({ figures }) => figures[name] !== undefined))
}
