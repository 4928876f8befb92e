/**
 * Pods: what of Kubernetes objects the rules for k8s/ look at.
 */
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/settings.ts'
import type { Manifest } from './manifests.ts'

interface Container {
  readonly image: string
  readonly ports?: readonly { readonly name: string }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly resources: { readonly limits: object; readonly requests: object }
  readonly securityContext: object
}
interface Probe {
  readonly httpGet?: { readonly port: string }
  readonly tcpSocket?: { readonly port: string }
}
interface Pod {
  readonly containers: readonly Container[]
  readonly securityContext: object
  readonly automountServiceAccountToken: boolean
  readonly enableServiceLinks: boolean
  readonly terminationGracePeriodSeconds: number
}
export interface Workload {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> }
    readonly spec: Pod
  }
}

/** Whether it makes pods. */
export function hasPod({ kind }: Manifest): boolean {
  return kind === 'Deployment' || kind === 'Job'
}

/** The pods that it makes. */
export function podOf({ spec }: Manifest): Pod {
  return (spec as Workload).template.spec // the type checker has seen it
}

/** The object with the labels that it selects pods by; nothing where it selects none. */
export function selecting(manifest: Manifest) {
  const spec = manifest.spec as
    | { selector?: Record<string, unknown>; podSelector?: { matchLabels?: object } }
    | undefined
  const selector = spec?.podSelector?.matchLabels ?? spec?.selector?.matchLabels ?? spec?.selector
  return selector === undefined
    ? []
    : [{ ...manifest, selector: selector as Record<string, string> }]
}

/** Throws where a name is no setting, or a value none that it takes. Files of secrets are only there in a cluster. */
export function configOf(env: string): Readonly<Config> {
  const lines = env
    .split('\n')
    .filter((line) => /^TICKWIRE_/.test(line) && !/^\w+_FILE=/.test(line))
  const loaded = loadConfig(
    Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  )
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}
