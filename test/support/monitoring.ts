/**
 * Monitoring: the rules, the dashboard and the queries of k8s/, and what PromQL they are made of.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parser } from '@prometheus-io/lezer-promql'
import { readManifestFile } from './manifests.ts'

export interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** What promtool takes as a file of rules. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

/** The rules as Prometheus would be given them. */
export function ruleFile(): RuleFile {
  const [manifest] = readManifestFile('components/monitoring/prometheusrule.yaml')
  return manifest!.spec as RuleFile // the type checker of the manifests has seen it
}

/** Every query of the dashboard and of what scales by metrics, beside the rules' own. */
export function queries(): string[] {
  const dashboard = readFileSync('k8s/components/monitoring/dashboard.json', 'utf8')
  const [scaled] = readManifestFile('components/keda/scaledobject.yaml')
  const triggers = (scaled!.spec as { triggers: { metadata: { query: string } }[] }).triggers
  return [
    ...exprsWithin(JSON.parse(dashboard)),
    ...triggers.map(({ metadata: { query } }) => query),
    ...adapterQueries(),
  ]
}

/** What a query asks for; throws where it is no PromQL. */
export function selected(query: string): { readonly names: string[]; readonly labels: string[] } {
  // Grafana puts these in before Prometheus sees them; the quoted ones are texts already.
  const text = query.replaceAll(/\$__(rate_interval|range|interval)/g, '5m')
  const names: string[] = []
  const labels: string[] = []
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`)
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
        names.push(text.slice(from, to))
      }
      if (type.name === 'LabelName') labels.push(text.slice(from, to))
    },
  })
  return { names, labels }
}

/** Runs Prometheus' own tool (npm run setup) to its end; throws with all that it says where it is not content. */
export function promtool(args: readonly string[], input = ''): string {
  try {
    return execFileSync('promtool', args, { encoding: 'utf8', input, stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`)
  }
}

function exprsWithin(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'expr' ? [String(inner)] : exprsWithin(inner),
  )
}

/** Of docs/kubernetes.md: what prometheus-adapter would ask, its places filled. */
function adapterQueries(): string[] {
  const page = readFileSync('docs/kubernetes.md', 'utf8')
  const fill = (query: string, series: string) =>
    query
      .replaceAll('<<.Series>>', series)
      .replaceAll('<<.LabelMatchers>>', 'namespace="tickwire"')
      .replaceAll('<<.GroupBy>>', 'pod')
  return [...page.matchAll(/seriesQuery: '(\w+)\{[^}]*\}'[\s\S]*?metricsQuery: (.*)$/gm)].map(
    ([, series, query]) => fill(query!, series!),
  )
}
