/**
 * Makes docs/benchmarks.md and its charts from the results in docs/benchmarks/, so that no figure is typed by hand; the
 * prose is scripts/benchmarks-docs.md. To keep a result: `npx tsx scripts/benchmarks-docs.ts RESULT.json`, then
 * `npm run docs`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { drawChart } from '../bench/report/chart.ts'
import { describe } from '../bench/report/figures.ts'
import {
  formatEnvironment,
  formatPairs,
  formatRatioLine,
  formatSide,
  formatSpread,
} from '../bench/report/format.ts'
import { type Plot, percentilesOf, timelinesOf } from '../bench/report/plots.ts'
import { readResult } from '../bench/report/read.ts'
import type { Result } from '../bench/report/result.ts'
import { CHART_STYLE } from '../bench/report/style.ts'
import { flagsOf, RATIO_LINES_MAX, ratioRows, wrap } from '../bench/report/table.ts'
import { printJson, trimmed } from '../bench/report/trim.ts'

const RESULTS = new URL('../docs/benchmarks/', import.meta.url)
const TEMPLATE = new URL('benchmarks-docs.md', import.meta.url)
const COLUMNS_MAX = 120
const SVG = { width: 860, height: 320 } as const

type Results = ReadonlyMap<string, Result>

/** The text of docs/benchmarks.md. */
export function printBenchmarksDocs(results: Results = keptResults()): string {
  const template = readFileSync(TEMPLATE, 'utf8')
  return template.replaceAll(/\{\{scenario ([\w-]+)\}\}/g, (_, name: string) => {
    const result = results.get(name)
    if (result === undefined) return `not measured yet: \`npm run bench -- ${name}\``
    return printScenario(result)
  })
}

/** The page and the charts of all results that are kept: path below the repository's root -> its text. */
export function benchmarksPages(): Record<string, () => string> {
  const results = keptResults()
  const charts = [...results.values()].flatMap(chartsOf)
  return {
    'docs/benchmarks.md': () => printBenchmarksDocs(results),
    ...Object.fromEntries(
      charts.map(({ file, plot }) => [`docs/benchmarks/${file}`, () => printSvg(plot)]),
    ),
  }
}

/** Results by scenario. A file is called as its scenario is, or two of one scenario would hide one another. */
function keptResults(): Results {
  const results = new Map<string, Result>()
  if (!existsSync(RESULTS)) return results
  for (const file of readdirSync(RESULTS).filter((name) => name.endsWith('.json'))) {
    const path = fileURLToPath(new URL(file, RESULTS))
    const result = readResult(path)
    if (basename(file, '.json') !== result.scenario) {
      throw new Error(`${path} must be called ${result.scenario}.json, as its scenario is`)
    }
    results.set(result.scenario, result)
  }
  return results
}

function printScenario(result: Result): string {
  const { question, command, values, environment, ratios, voids, remarks } = result
  const parts = [
    prose(`**${question}**${flagsOf(result)}`),
    voids.map((why) => prose(`> **Void, not to be quoted: ${why}**`, '> ')).join('\n>\n'),
    `\`\`\`\n${command}\n\`\`\``,
    chartsOf(result)
      .map(({ file, plot }) => `![${plot.title}](benchmarks/${file})`)
      .join('\n\n'),
    table(result),
    ratios.length > RATIO_LINES_MAX
      ? markdown(ratioRows(result))
      : ratios.map((ratio) => `- \`${formatRatioLine(ratio)}\``).join('\n'),
    remarks.map((remark) => prose(`- ${remark}`, '  ')).join('\n'),
    prose(`${[formatPairs(values), ...formatEnvironment(environment)].join('; ')}.`),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function table({ shown, sides }: Result): string {
  const names = shown.filter((name) => sides.some(({ figures }) => name in figures))
  const rows = names.map((name) => [
    describe(name).label,
    ...sides.map(({ figures }) => formatSpread(name, figures[name])),
  ])
  return markdown([['', ...sides.map((side) => formatSide(side, sides))], ...rows])
}

function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(head!), `|---|${'--:|'.repeat(head!.length - 1)}`, ...rows.map(row)].join('\n')
}

/** What a page shows of a result's charts: how the figures that it names first went, and times by percentile. */
function chartsOf(result: Result): { readonly file: string; readonly plot: Plot }[] {
  const [timeline] = timelinesOf(result)
  const percentiles = percentilesOf(result)
  return [
    ...(timeline?.isShown === true ? [{ file: `${result.scenario}.svg`, plot: timeline }] : []),
    ...(percentiles === null
      ? []
      : [{ file: `${result.scenario}-percentiles.svg`, plot: percentiles }]),
  ]
}

function printSvg(plot: Plot): string {
  const chart = plot.chart(SVG.width, SVG.height)
  return `${drawChart(chart, 'xmlns="http://www.w3.org/2000/svg"', `<style>${CHART_STYLE}</style>`)}\n`
}

function prose(text: string, indent = ''): string {
  return wrap(text, COLUMNS_MAX, indent).join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(RESULTS, { recursive: true })
  for (const path of process.argv.slice(2)) {
    const result = trimmed(readResult(path))
    writeFileSync(new URL(`${result.scenario}.json`, RESULTS), printJson(result))
    console.log(`wrote docs/benchmarks/${result.scenario}.json; npm run docs makes the page`)
  }
}
