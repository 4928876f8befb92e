/**
 * Dashboard: goal: Grafana shows every panel, on any cluster. Method: the JSON held against what Grafana goes by. Its
 * queries are looked at in test/integration/alerts.test.ts.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: Place
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}

const text = readFileSync('k8s/components/monitoring/dashboard.json', 'utf8')
const { panels, templating } = JSON.parse(text) as {
  panels: Panel[]
  templating: { list: { name: string }[] }
}

test('has a row for each side of the server', () => {
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
  expect(rows).toEqual([
    'Overview',
    'Connections',
    'Delivery and age',
    'Slow readers and conflation',
    'Redis and feed',
    'Process and event loop',
    'Security',
  ])
})

test('names no data source of a cluster, and asks for what is chosen', () => {
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance'])
  const uids = Array.from(text.matchAll(/"uid": "(.*?)"/g), ([, uid]) => uid)
  expect(new Set(uids)).toEqual(new Set(['tickwire', '$datasource']))
  const targets = panels.flatMap((panel) => panel.targets ?? [])
  expect(targets.length).toBeGreaterThan(30)
  for (const { expr } of targets) {
    const selectors = expr.match(/[\w:]+\{[^}]*\}/g) ?? []
    expect(selectors.length, expr).toBeGreaterThan(0)
    for (const one of selectors) expect(one).toContain('{job=~"$job",instance=~"$instance"')
  }
})

test('every panel has a place and an id of its own', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const taken = new Set<string>()
  for (const { title, gridPos } of panels) {
    const { x, y, w, h } = gridPos
    expect(x + w, title).toBeLessThanOrEqual(24)
    for (let dx = 0; dx < w; dx++) {
      for (let dy = 0; dy < h; dy++) {
        expect(taken, title).not.toContain(`${x + dx},${y + dy}`)
        taken.add(`${x + dx},${y + dy}`)
      }
    }
  }
})
