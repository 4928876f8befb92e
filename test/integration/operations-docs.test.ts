/**
 * docs/operations.md says what the server does: every metric is in its table and no other, with its type and labels;
 * settings, faults, reasons and pages that it names exist.
 */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { FILE_SUFFIX } from '../../src/config/kinds.ts'
import { SETTINGS } from '../../src/config/settings.ts'
import { MALFORMED_REASONS } from '../../src/ingest/decode.ts'
import { REFUSALS } from '../../src/market/market.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { serveProcess } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

const PAGE = new URL('../../docs/operations.md', import.meta.url)
const page = readFileSync(PAGE, 'utf8')
let server: TestServer

beforeAll(async () => {
  server = await startServer({ TICKWIRE_DELAYS_MS: '1000' })
})

afterAll(() => server.stop())

interface Metric {
  readonly type: string
  readonly labels: string[]
}

/** A live scrape, after something of everything that makes a label appear. */
async function scraped(): Promise<Record<string, Metric>> {
  const client = await Client.connect(server.url)
  await client.close()
  const refused = await RawClient.connect(server.port)
  refused.send(handshake('none'))
  await eventually(() => refused.received.includes('400'))
  refused.destroy()
  const supervisor = await serveProcess({ TICKWIRE_WORKERS: '2' })
  onTestFinished(supervisor.stop)
  // Of what both tell, it is the single process's that has been made to show its labels.
  return { ...(await metricsAt(supervisor.admin)), ...(await metricsAt(server.admin)) }
}

async function metricsAt(admin: string): Promise<Record<string, Metric>> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  const metrics: Record<string, Metric> = {}
  for (const [, name, type] of text.matchAll(/^# TYPE (tickwire_\w+) (\w+)$/gm)) {
    const samples = text.split('\n').filter((line) => line.startsWith(`${name}{`))
    const labels = samples.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, it]) => it!))
    metrics[name!] = { type: type!, labels: [...new Set(labels)] }
  }
  return metrics
}

/** The rows of the page's table. */
function documented(): Record<string, Metric> {
  const rows = page.matchAll(/^\| `(tickwire_\w+)` \| (\w+) \| (.*?) ?\| \S.* \|$/gm)
  return Object.fromEntries(
    Array.from(rows, ([, name, type, labels]) => [
      name!,
      { type: type!, labels: Array.from(labels!.matchAll(/`(\w+)`/g), ([, it]) => it!) },
    ]),
  )
}

test('the table of metrics is that of a live scrape', async () => {
  const found = await scraped()
  const table = documented()
  expect(table).toEqual(found)
  expect(Object.keys(table).length).toBeGreaterThan(20)
})

test('the page names no metric that is not in its table', () => {
  const names = new Set(Array.from(page.matchAll(/tickwire_\w+/g), ([name]) => name))
  expect([...names].filter((name) => !(name in documented()))).toEqual([])
})

test('the page names no setting that is not there', () => {
  const known = Object.values(SETTINGS).flatMap(({ env, isSecret }) => {
    return isSecret ? [env, `${env}${FILE_SUFFIX}`] : [env]
  })
  const named = Array.from(page.matchAll(/TICKWIRE_[A-Z_]+/g), ([name]) => name)
  expect(named.filter((name) => !known.includes(name))).toEqual([])
})

test('the page has every reason for which an update is not taken in', () => {
  const section = page.slice(page.indexOf('### Malformed'), page.indexOf('### Late duplicates'))
  for (const reason of [...MALFORMED_REASONS, ...REFUSALS])
    expect(section).toContain(`\`${reason}\``)
})

test('every page that it points to is there', () => {
  const links = Array.from(page.matchAll(/\]\(([\w.-]+\.md)/g), ([, path]) => path!)
  expect(links.length).toBeGreaterThan(2)
  expect(links.filter((path) => !existsSync(new URL(path, PAGE)))).toEqual([])
})
