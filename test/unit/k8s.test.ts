/**
 * Kubernetes manifests: goal: what k8s/ says is valid, and agrees with the server's settings. Method: every file is
 * parsed, and the objects that are whole are held against Kubernetes' types and against rules; where kustomize or
 * kubectl is there, the rendered overlays as well.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type Manifest,
  manifestFiles,
  readManifestFile,
  render,
  renderComponent,
  renderer,
  typeErrors,
} from '../support/manifests.ts'
import { configOf, hasPod, podOf, selecting, type Workload } from '../support/pods.ts'

/** What an overlay or a component changes in an object of base: no whole object. */
const PATCHES = manifestFiles().filter((path) => {
  const folder = path.slice(0, path.lastIndexOf('/'))
  const text = readFileSync(`k8s/${folder}/kustomization.yaml`, 'utf8')
  return text.includes(`- path: ${path.slice(folder.length + 1)}`)
})
const WHOLE = manifestFiles().filter(
  (path) => !path.endsWith('kustomization.yaml') && !PATCHES.includes(path),
)
/** Closing sockets, and whatever the machine does meanwhile. */
const MARGIN_S = 10

const command = renderer()
const RENDERED = ['base', 'overlays/dev', 'overlays/prod', 'loadtest']
const COMPONENTS = readdirSync('k8s/components')

describe('files', () => {
  test.each(manifestFiles())('%s is YAML of objects', (path) => {
    for (const { apiVersion, kind } of readManifestFile(path)) {
      expect(typeof apiVersion).toBe('string')
      expect(typeof kind).toBe('string')
    }
  })

  test('are what Kubernetes takes, field by field', () => {
    expect(typeErrors(WHOLE.flatMap(readManifestFile))).toBe('')
  })

  test('a slip of the fingers would be found', () => {
    const [deployment] = readManifestFile('base/deployment.yaml')
    const slip = { ...deployment!, spec: { ...(deployment!.spec as object), minReadySecond: 1 } }
    expect(typeErrors([slip])).toContain('minReadySecond')
  })
})

describe.skipIf(command === null)('rendered (skipped without kustomize and kubectl)', () => {
  describe.each(RENDERED)('%s', (folder) => {
    const manifests = command === null ? [] : render(command, folder)

    test('renders to what Kubernetes takes', () => {
      expect(manifests.length).toBeGreaterThan(0)
      expect(typeErrors(manifests)).toBe('')
    })

    rules(manifests)
  })

  describe.each(COMPONENTS)('base with %s', (name) => {
    const manifests = command === null ? [] : renderComponent(command, name)

    test('renders to what Kubernetes takes', () => {
      expect(typeErrors(manifests)).toBe('')
    })

    rules(manifests)
  })
})

describe('base without a renderer', () => {
  rules(
    [
      'deployment',
      'service',
      'admin-service',
      'poddisruptionbudget',
      'horizontalpodautoscaler',
      'networkpolicy',
    ].flatMap((name) => readManifestFile(`base/${name}.yaml`)),
  )
})

test('the settings of base are settings, and right', () => {
  const config = configOf(readFileSync('k8s/base/tickwire.env', 'utf8'))
  const [deployment] = readManifestFile('base/deployment.yaml')
  const { terminationGracePeriodSeconds: graceS } = podOf(deployment!)
  const drainS = (config.drainNoticeMs + config.drainMs) / 1_000
  expect(graceS).toBeGreaterThanOrEqual(drainS + MARGIN_S)
})

test('in production pods are replaced one after the other: the clients of one have moved', () => {
  const { drainNoticeMs, drainMs } = configOf(readFileSync('k8s/base/tickwire.env', 'utf8'))
  const [patch] = readManifestFile('overlays/prod/deployment.yaml')
  const { minReadySeconds } = patch!.spec as { minReadySeconds: number }
  expect(minReadySeconds * 1_000).toBeGreaterThan(drainNoticeMs + drainMs)
})

/** What must hold of any set of objects. */
function rules(manifests: readonly Manifest[]): void {
  const pods = manifests.filter(hasPod)

  test.each(pods)('$kind $metadata.name: images are pinned', (manifest) => {
    for (const { image } of podOf(manifest).containers)
      expect(image).toMatch(/:(?!latest$)[\w.-]*\d[\w.-]*$/)
  })

  test.each(pods)('$kind $metadata.name: memory is bounded, CPU is not', (manifest) => {
    for (const { resources } of podOf(manifest).containers) {
      expect(resources.limits).toEqual({ memory: expect.any(String) })
      expect(resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) })
    }
  })

  test.each(pods)(
    '$kind $metadata.name: passes the restricted Pod Security Standard',
    (manifest) => {
      const pod = podOf(manifest)
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(pod.automountServiceAccountToken).toBe(false)
      expect(pod.enableServiceLinks).toBe(false)
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
    },
  )

  test.each(pods)('$kind $metadata.name: probes ask ports that there are', (manifest) => {
    for (const container of podOf(manifest).containers) {
      const ports = (container.ports ?? []).map(({ name }) => name)
      const asked = [
        container.startupProbe,
        container.livenessProbe,
        container.readinessProbe,
      ].flatMap((probe) => (probe === undefined ? [] : [(probe.httpGet ?? probe.tcpSocket)!.port]))
      expect(asked.filter((port) => !ports.includes(port))).toEqual([])
    }
  })

  test('whatever selects pods finds some', () => {
    const labels = pods.map((manifest) => (manifest.spec as Workload).template.metadata.labels)
    for (const { kind, metadata, selector } of manifests.flatMap(selecting)) {
      const found = labels.some((label) =>
        Object.entries(selector).every(([k, v]) => label[k] === v),
      )
      expect(found, `${kind} ${metadata?.name}`).toBe(true)
    }
  })

  test('a Service names ports of its pods', () => {
    const ports = pods
      .flatMap((manifest) => podOf(manifest).containers)
      .flatMap((it) => it.ports ?? [])
    const names = ports.map(({ name }) => name)
    for (const { kind, spec } of manifests) {
      if (kind !== 'Service') continue
      for (const { targetPort } of (spec as { ports: { targetPort: string }[] }).ports)
        expect(names).toContain(targetPort)
    }
  })

  test('what is scaled says no number of its own', () => {
    const scaled = manifests.flatMap(({ kind, spec }) =>
      /Autoscaler$|^ScaledObject$/.test(kind)
        ? (spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name
        : [],
    )
    for (const { kind, metadata, spec } of manifests) {
      if (kind === 'Deployment' && scaled.includes(metadata!.name)) {
        expect(spec).not.toHaveProperty('replicas')
      }
    }
  })

  test('a disruption budget leaves somebody', () => {
    const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget')
    for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1 })
  })

  for (const manifest of manifests.filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && /^tickwire-\w+$/.test(metadata!.name),
  )) {
    const data = manifest.data as Record<string, string>
    if (!Object.keys(data).some((name) => name.startsWith('TICKWIRE_'))) continue
    test(`${manifest.metadata!.name}: its keys are settings, and the drain fits into the grace period`, () => {
      const config = configOf(
        Object.entries(data)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      )
      const deployment = manifests.find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata?.name === 'tickwire',
      )
      const drainS = (config.drainNoticeMs + config.drainMs) / 1_000
      expect(podOf(deployment!).terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
        drainS + MARGIN_S,
      )
    })
  }
}
