/**
 * Manifests: the Kubernetes objects of k8s/, file by file or rendered, and the type checker held against them.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const FOLDER = 'k8s'
const TSC = 'node_modules/typescript/bin/tsc'

/** As much of an object as every kind has. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

/** Where the types of an API group come from; its own module is `<package>/<group>/<version>/<Kind>`. */
const CRDS: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
}

/** Every YAML file below k8s/, by its path from there. */
export function manifestFiles(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
}

/** The objects of a YAML text. Throws where it is none. */
export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS() as Manifest // whoever asks looks at the fields
  })
}

export function readManifestFile(path: string): Manifest[] {
  return readManifests(readFileSync(join(FOLDER, path), 'utf8'))
}

/** How kustomizations are rendered here; null where there is nothing to do it with. */
export function renderer(): readonly string[] | null {
  const commands = [
    ['kustomize', 'build'],
    ['kubectl', 'kustomize'],
  ] as const
  for (const command of commands) {
    try {
      execFileSync(command[0], ['version', ...(command[0] === 'kubectl' ? ['--client'] : [])], {
        stdio: 'ignore',
      })
      return command
    } catch {
      // not here
    }
  }
  return null
}

/** The objects that a folder's kustomization makes. */
export function render([program, ...args]: readonly string[], folder: string): Manifest[] {
  const text = execFileSync(program!, [...args, join(FOLDER, folder)], { encoding: 'utf8' })
  return readManifests(text)
}

/** The objects of base with a component. */
export function renderComponent(command: readonly string[], name: string): Manifest[] {
  const folder = mkdtempSync(join('node_modules', '.component-'))
  try {
    const text = [
      'kind: Kustomization',
      'resources: [../../k8s/base]',
      `components: [../../k8s/components/${name}]`,
    ]
    writeFileSync(join(folder, 'kustomization.yaml'), text.join('\n'))
    return render(command, join('..', folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the type checker has against objects, as it says it: '' where it has nothing. */
export function typeErrors(manifests: readonly Manifest[]): string {
  const folder = mkdtempSync(join('node_modules', '.manifests-'))
  try {
    writeFileSync(join(folder, 'manifests.ts'), manifests.map(typed).join('\n'))
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'preserve',
      '--moduleResolution',
      'bundler',
    ]
    execFileSync(
      process.execPath,
      [TSC, ...options, '--ignoreConfig', join(folder, 'manifests.ts')],
      { encoding: 'utf8' },
    )
    return ''
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A field that the type does not know is an error of `satisfies` alone. */
function typed(manifest: Manifest, index: number): string {
  const { apiVersion, kind } = manifest
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const from = [CRDS[group!] ?? 'kubernetes-models', group, version, kind].filter(Boolean).join('/')
  return `import type { I${kind} as Kind${index} } from '${from}'
export const object${index} = ${JSON.stringify(manifest, null, 2)} satisfies Kind${index}`
}
