/**
 * Makes k8s/components/monitoring/dashboard.json, Grafana's dashboard, from the table in dashboard-rows.ts.
 */
import { printJson } from '../bench/report/trim.ts'
import { type Panel, ROWS } from './dashboard-rows.ts'

/** Grafana's grid. */
const COLUMNS = 24
const PANEL = { width: 8, height: 8 } as const
/** What the variables choose. */
const WHOSE = '{job=~"$job",instance=~"$instance"}'
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

const TEMPLATING = {
  list: [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    variable('job', 'Job', 'label_values(tickwire_build_info, job)'),
    variable('instance', 'Server', 'label_values(tickwire_build_info{job=~"$job"}, instance)'),
  ],
}

/** The dashboard as Grafana reads it. */
export function printDashboard(): string {
  let y = 0
  let id = 0
  const panels = Object.entries(ROWS).flatMap(([title, row]) => {
    const head = { id: ++id, type: 'row', title, gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 } }
    const made = row.map((panel, index) => {
      const x = (index * PANEL.width) % COLUMNS
      if (index > 0 && x === 0) y += PANEL.height
      return { id: ++id, ...panelOf(panel), gridPos: { x, y, w: PANEL.width, h: PANEL.height } }
    })
    y += PANEL.height
    return [{ ...head, collapsed: false, panels: [] }, ...made]
  })
  return printJson({
    uid: 'tickwire',
    title: 'tickwire',
    tags: ['tickwire'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: TEMPLATING,
    panels,
  })
}

function panelOf({ title, unit, queries, hint = '' }: Panel) {
  return {
    type: 'timeseries',
    title,
    description: hint,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, custom: { axisSoftMin: 0 } }, overrides: [] },
    options: { tooltip: { mode: 'multi', sort: 'desc' } },
    targets: Object.entries(queries).map(([legendFormat, query], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr: chosen(query),
      legendFormat,
    })),
  }
}

function variable(name: string, label: string, query: string) {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.+',
  }
}

/** The query, of what the variables choose alone. */
function chosen(query: string): string {
  return query.replaceAll(/(\w)\{(.*?)\}/g, (_, name: string, labels: string) => {
    return `${name}${WHOSE.replace('}', labels === '' ? '}' : `,${labels}}`)}`
  })
}
