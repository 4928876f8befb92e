/**
 * Html: goal: a page that needs no network, takes no text for markup, and shows first what its scenario asks about.
 */
import { describe, expect, test } from 'vitest'
import { printHtml } from '../../../bench/report/html.ts'
import type { Result } from '../../../bench/report/result.ts'
import { ratiosOf } from '../../../bench/report/spread.ts'
import { benchResult, distributionOf, sideOf } from '../../support/bench-result.ts'

const PAGE = printHtml(benchResult())
const EVIL = `"><img src=x onerror='alert(1)'>&`

describe('a page', () => {
  test('needs nothing but itself', () => {
    expect(PAGE).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|<iframe|@import|url\(|\son\w+=/i)
  })

  test('has colours for the dark, each colour of the light', () => {
    const [light, dark] = Array.from(PAGE.matchAll(/:root\{[^}]*\}/g), ([rule]) =>
      rule.match(/--\w+(?=:)/g),
    )
    expect(PAGE).toContain('@media (prefers-color-scheme:dark){:root{')
    expect(light!.length).toBeGreaterThan(5)
    expect(dark).toEqual(light)
  })

  test('closes what it opens', () => {
    const open: string[] = []
    const tags = PAGE.replace(/<style>[^<]*<\/style>|<!doctype html>|<meta [^>]*>/g, '')
    for (const [, close, name, own] of tags.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (own === '/') continue
      if (close === '') open.push(name!)
      else expect(open.pop()).toBe(name)
    }
    expect(open).toEqual([])
  })

  test.each<[string, (evil: string) => Partial<Result>]>([
    ['question', (question) => ({ question })],
    ['scenario', (scenario) => ({ scenario })],
    ['command', (command) => ({ command })],
    ['value', (evil) => ({ values: { [evil]: evil } })],
    ['void', (evil) => ({ voids: [evil] })],
    ['remark', (evil) => ({ remarks: [evil] })],
    ['environment', (cpu) => ({ environment: { ...benchResult().environment, cpu } })],
    [
      'group',
      (evil) => ({ sides: [sideOf('a', { [`${evil}.rssMiB`]: [1] })], shown: [`${evil}.rssMiB`] }),
    ],
    [
      'side of a table of ratios',
      (evil) => {
        const sides = ['a', evil].map((name) => ({ ...benchResult().sides[0]!, name }))
        return { sides, ratios: benchResult().shown.flatMap((figure) => ratiosOf(figure, sides)) }
      },
    ],
    ['ratio', (to) => ({ ratios: [{ ...benchResult().ratios[0]!, to }] })],
    ['side', (evil) => ({ sides: benchResult().sides.map((side) => ({ ...side, name: evil })) })],
    [
      'server',
      (server) => ({
        sides: benchResult().sides.map((side, i) => (i === 0 ? { ...side, server } : side)),
      }),
    ],
    [
      'distribution',
      (evil) => ({
        sides: benchResult().sides.map((side) => ({
          ...side,
          distributions: ['a', evil].map((name) => distributionOf(name, () => 1)),
        })),
      }),
    ],
  ])('takes no %s for markup', (_, changesOf) => {
    const page = printHtml(benchResult(changesOf(EVIL)))
    // The quotes that an attribute could be left by, and the tag itself.
    expect(page).not.toContain('<img')
    expect(page).not.toContain('">&lt;img')
    expect(page).not.toContain("='alert")
    // What stands there is the text itself; labels of lines are cut short.
    expect(page).toContain('&quot;&gt;&lt;img src=')
  })

  test('is titled by its question', () => {
    const { question } = benchResult()
    expect(PAGE).toContain(`<h1>${question}</h1>`)
    expect(PAGE).toMatch(new RegExp(`<title>[^<]*${question.replace('?', '\\?')}</title>`))
  })

  test('shows each figure of its table once, with its spread', () => {
    expect(PAGE).toContain('<td>243 ms<small>(239-251)</small></td>')
    expect(PAGE).toContain('<td>20.4 s<small>(20.1-20.9)</small></td>')
    const rows = PAGE.match(/<tr>/g)!
    expect(rows).toHaveLength(1 + benchResult().shown.length)
  })

  test('shows no row that no side has a figure for', () => {
    const page = printHtml(benchResult({ shown: ['rssMiB', 'joinMsMax'] }))
    expect(page).toContain('>memory<')
    expect(page).not.toContain('join max')
  })
})

describe('the banner', () => {
  test('stands before all figures and says why', () => {
    const page = printHtml(benchResult({ voids: ['the publisher was late'] }))
    const at = page.indexOf('the publisher was late')
    expect(page.slice(0, at)).toContain('class="void" role="alert"')
    expect(at).toBeLessThan(page.indexOf('class="tiles"'))
  })

  test('is not on a page of a valid result', () => {
    expect(PAGE).not.toContain('class="void"')
  })
})

describe('charts', () => {
  test('lines of a second distribution are told from those of the first', () => {
    const [, percentiles] = /<h2>Times by percentile[\s\S]*?<svg([\s\S]*?)<\/svg>/.exec(PAGE)!
    expect(percentiles!.match(/class="line s\d"/g)).toHaveLength(2)
    expect(percentiles!.match(/class="line dashed s\d"/g)).toHaveLength(2)
  })

  test('the first is how the first figure of the table that was sampled went', () => {
    const first = (shown: string[]) => printHtml(benchResult({ shown })).split('<h2>')[1]!
    expect(first(['rssMiB', 'slow.ageMsP99'])).toMatch(/^Memory over time/)
    expect(first(['slow.ageMsP50', 'slow.ageMsP99', 'rssMiB'])).toMatch(/^Slow: age p99 over time/)
  })

  test('a time of 0 is a gap on the logarithmic axis, and does not stretch it', () => {
    const pageOf = (until: number) => {
      const distributions = [distributionOf('age', (part) => (part < until ? 0 : 5 + part))]
      const side = { ...benchResult().sides[0]!, timeline: [], distributions }
      return printHtml(benchResult({ sides: [side], ratios: [] }))
    }
    expect(pageOf(0.5)).toMatch(/age by percentile: tickwire from 5\.\d+ ms to 6 ms/)
    expect(pageOf(1)).not.toContain('<svg')
  })

  test('each tells those who do not see it what it shows', () => {
    const charts = PAGE.match(/<svg [^>]*>/g)!
    expect(charts.length).toBeGreaterThan(3)
    for (const chart of charts)
      expect(chart).toMatch(/role="img" aria-label="[^"]*tickwire[^"]* from [^"]+ to [^"]+"/)
  })

  test('those of figures that the table does not show are folded away', () => {
    const page = printHtml(benchResult({ shown: ['slow.ageMsP99'] }))
    expect(page.slice(page.indexOf('<details>'))).toContain('Memory over time')
    expect(page.slice(0, page.indexOf('<details>'))).not.toContain('Memory over time')
    expect(
      printHtml(benchResult({ shown: ['slow.ageMsP99', 'fast.ageMsP99', 'rssMiB'] })),
    ).not.toContain('<details>')
  })

  test('tickwire has the same colour wherever it stands', () => {
    const sides = benchResult().sides.toReversed()
    const page = printHtml(benchResult({ sides }))
    for (const text of [PAGE, page]) {
      expect(text).toMatch(/<th scope="col" class="name s0">tickwire/)
      expect(text).toMatch(/<th scope="col" class="name s1">raw-uws/)
    }
  })

  test('a result without any still makes a page', () => {
    const page = printHtml(
      benchResult({ sides: [sideOf('tickwire', { rssMiB: [90] })], ratios: [] }),
    )
    expect(page).not.toContain('<svg')
    expect(page).toContain('90 MiB')
    expect(page).toContain('One round')
  })
})
