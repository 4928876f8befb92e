/**
 * Alerts: goal: each fires when it should and not otherwise, asks for metrics that a server has, and leads to a section of
 * docs/operations.md that helps. Method: promtool with the rules of k8s/ and made-up series; a scrape of a real server
 * with everything on.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ALERT_CASES, type AlertCase } from '../support/alert-cases.ts'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { Client } from '../support/client.ts'
import { promtool, queries, ruleFile, selected } from '../support/monitoring.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV } from '../support/tokens.ts'

const RULES = ruleFile().groups.flatMap(({ rules }) => rules)
const ALERTS = RULES.filter(({ alert }) => alert !== undefined)
const RECORDED = RULES.flatMap(({ record }) => record ?? [])
/** What Prometheus itself has of each target. */
const SYNTHETIC = ['up']
/** What only a supervisor of several workers has. */
const SUPERVISED = ['tickwire_workers', 'tickwire_workers_wanted']
/** What Prometheus adds to each series, and what histograms have. */
const TARGET_LABELS = ['namespace', 'job', 'pod', 'instance', 'le']
const JOB = { namespace: 'tickwire', job: 'tickwire' }
const INSTANCE = { ...JOB, pod: 'tickwire-a', instance: '10.0.0.1:9001' }
const SECTION_NEEDS = ['Sign', 'Cause', 'Action', 'Setting', 'Metric']

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickwire-alerts-'))
  writeFileSync(join(folder, 'rules.yaml'), stringify(ruleFile()))
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('promtool', () => {
  test('takes the rules', () => {
    expect(promtool(['check', 'rules', join(folder, 'rules.yaml')])).toContain('SUCCESS')
  })

  test.each(ALERT_CASES)('$alert at $atMin min: $fires ($series)', (it) => {
    const path = join(folder, 'test.yaml')
    writeFileSync(path, stringify(promtoolTest(it)))
    expect(promtool(['test', 'rules', path])).toContain('SUCCESS')
  })
})

test('every alert is seen to fire, and to be quiet', () => {
  const seen = (isFiring: boolean) =>
    new Set(ALERT_CASES.filter(({ fires }) => (fires !== null) === isFiring).map((it) => it.alert))
  const names = new Set(ALERTS.map(({ alert }) => alert))
  expect(names.size).toBeGreaterThan(15)
  expect([seen(true), seen(false)]).toEqual([names, names])
})

test.each(ALERTS)('$alert says how bad it is, what it is, and leads to help', (rule) => {
  expect(rule.labels!.severity).toMatch(/^(critical|warning)$/)
  const { summary, description, runbook_url: url } = rule.annotations!
  expect([summary, description]).toEqual([
    expect.stringMatching(/\.$/),
    expect.stringMatching(/\.$/),
  ])
  const [, anchor] = /\/docs\/operations\.md#([\w-]+)$/.exec(url!)!
  const section = sections().get(anchor!)
  expect(SECTION_NEEDS.filter((need) => !section?.includes(`- **${need}**: `))).toEqual([])
})

describe('what is asked for', () => {
  let certificate: TestCertificate
  let server: TestServer
  let text: string

  beforeAll(async () => {
    certificate = await makeCertificate('alerts')
    const env = { ...AUTH_ENV, ...certificate.env, TICKWIRE_DELAYS_MS: '1000' }
    server = await startServer({ ...env, TICKWIRE_PUBLIC_TOPICS: '**' })
    const ca = await certificate.pem()
    const client = await Client.connect(server.url, { ca })
    await client.close()
    text = await (await fetch(`${server.admin}/metrics`)).text()
  })

  afterAll(async () => {
    await server.stop()
    await certificate.remove()
  })

  test('a scrape is what promtool takes', () => {
    promtool(['check', 'metrics'], text)
  })

  test.each([...RULES.map(({ expr }) => expr), ...queries()])('%s', (query) => {
    const { names, labels } = selected(query)
    expect(names.length).toBeGreaterThan(0)
    const known = [...RECORDED, ...SYNTHETIC, ...SUPERVISED]
    expect(names.filter((name) => !known.includes(name) && !isIn(text, name))).toEqual([])
    const used = new Set(Array.from(text.matchAll(/[{,](\w+)="/g), ([, label]) => label!))
    const perhaps = ['fault', ...TARGET_LABELS] // none was refused here
    expect(labels.filter((label) => !used.has(label) && !perhaps.includes(label))).toEqual([])
  })
})

test('all places that ask are looked at', () => {
  const found = queries()
  expect(found.filter((query) => query.includes('$job')).length).toBeGreaterThan(30) // dashboard
  expect(found.filter((query) => query.includes('namespace="tickwire",job')).length).toBe(2) // KEDA
  expect(found.filter((query) => query.includes('by (pod)')).length).toBe(2) // prometheus-adapter
})

test('a query that is no PromQL would be found', () => {
  expect(() => selected('sum(rate(up[5m])')).toThrow('no PromQL')
})

/** As a sample, or as a metric whose labels have not appeared yet. */
function isIn(text: string, name: string): boolean {
  const family = name.replace(/_(bucket|sum|count)$/, '')
  return new RegExp(`^(${name}[ {]|# TYPE (${name} |${family} histogram))`, 'm').test(text)
}

/** One test as promtool reads it. */
function promtoolTest({ alert, series, atMin, fires, isOfJob }: AlertCase): object {
  const rule = ALERTS.find((one) => one.alert === alert)!
  const labels: Record<string, string> = { ...(isOfJob === true ? JOB : INSTANCE), ...fires }
  const said = Object.entries(rule.annotations!).map(([name, text]) => [
    name,
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? ''),
  ])
  const fired = {
    exp_labels: { severity: rule.labels!.severity, ...labels },
    exp_annotations: Object.fromEntries(said),
  }
  return {
    rule_files: ['rules.yaml'],
    evaluation_interval: '30s',
    tests: [
      {
        interval: '30s',
        input_series: Object.entries(series).map(([name, values]) => ({
          series: withLabels(name),
          values,
        })),
        alert_rule_test: [
          { eval_time: `${atMin}m`, alertname: alert, exp_alerts: fires === null ? [] : [fired] },
        ],
      },
    ],
  }
}

function withLabels(series: string): string {
  const own = Object.entries(INSTANCE).map(([name, value]) => `${name}="${value}"`)
  const [name, labels] = series.replace('}', '').split('{')
  return `${name}{${[...own, ...(labels === undefined ? [] : [labels])].join(',')}}`
}

/** The text below each heading of docs/operations.md, by the anchor that Markdown makes of it. */
function sections(): Map<string, string> {
  const parts = readFileSync('docs/operations.md', 'utf8').split(/^#{2,3} /m)
  return new Map(
    parts.map((part) => {
      const [heading, ...lines] = part.split('\n')
      const anchor = heading!
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-')
      return [anchor, lines.join('\n')]
    }),
  )
}
