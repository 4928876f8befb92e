/**
 * Supply chain: goal: what is installed is what was looked at, and a release says what is in it. Method: the lockfile is
 * held against rules; npm makes the list of materials of this tree; the release script runs in a small repository with
 * an npm that only notes what it is asked for.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'

interface Locked {
  readonly name?: string
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const { dependencies, devDependencies, allowScripts } = read('package.json')
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> }
const LOCKED = Object.entries(packages).filter(([path]) => path !== '')

/** The binary that serves every client, as repacked by a third party: looked at once, and the same ever since. */
const UWS = {
  spec: 'npm:uws-pack@20.0.8',
  name: 'uws-pack',
  version: '20.0.8',
  integrity:
    'sha512-EziGwZOMH8Y09erf/DHBgaGoTgt+XgqLFoyQfRiDrWHDCZ+jZ5aEBW7fSIcD5LzxDimHK2NxJpmlwSIfJiAZkg==',
}

describe('the lockfile', () => {
  test('pins every package by its sha512', () => {
    expect(LOCKED.length).toBeGreaterThan(100)
    const loose = LOCKED.filter(
      ([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    )
    expect(loose.map(([path]) => path)).toEqual([])
  })

  test('has no package from anywhere but a registry', () => {
    const elsewhere = LOCKED.filter(
      ([, { link, resolved }]) => link === true || resolved !== undefined,
    )
    expect(elsewhere.map(([path]) => path)).toEqual([])
    const specs: string[] = Object.values({ ...dependencies, ...devDependencies })
    const isRange = (spec: string) => /^(npm:[\w.-]+@)?[~^]?\d+(\.\d+){0,2}$/.test(spec)
    expect(specs.filter((spec) => !isRange(spec))).toEqual([])
  })

  test('has the uWebSockets.js that was looked at', () => {
    const { spec, ...locked } = UWS
    expect(dependencies['uWebSockets.js']).toBe(spec)
    expect(packages['node_modules/uWebSockets.js']).toMatchObject(locked)
  })

  test('has no package that runs code when it is installed, but those that are kept from it', () => {
    const running = LOCKED.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    for (const [path] of running)
      expect(allowScripts[path.split('node_modules/').at(-1)!]).toBe(false)
  })
})

test('npm lists the materials of this tree, with their sums and without a registry', () => {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const text = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const { bomFormat, specVersion, metadata, components } = JSON.parse(text)
  expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  expect(metadata.component['bom-ref']).toMatch(/^tickwire@/)
  const named = new Map<string, { hashes: { alg: string; content: string }[] }>()
  for (const component of components) named.set(component.name, component)
  for (const name of Object.keys(dependencies)) {
    const { integrity } = packages[`node_modules/${name}`]!
    const content = Buffer.from(integrity!.slice('sha512-'.length), 'base64').toString('hex')
    expect(named.get(name)?.hashes).toContainEqual({ alg: 'SHA-512', content })
  }
  expect(text).not.toContain('resolved')
})

describe('the release script', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })

  /** A repository with nothing but the script, and an npm that does as the real one would, roughly. */
  function repository() {
    const root = mkdtempSync(join(tmpdir(), 'tickwire-release-'))
    folders.push(root)
    for (const name of ['repo', 'repo/scripts', 'bin']) mkdirSync(join(root, name))
    copyFileSync('scripts/release.sh', join(root, 'repo/scripts/release.sh'))
    writeFileSync(join(root, 'bin/npm'), NPM)
    chmodSync(join(root, 'bin/npm'), 0o755)
    const cwd = join(root, 'repo')
    const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'ignore' })
    git('init')
    git('add', '.')
    git('-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-m', 'all')
    const release = (failing = '') => {
      const env = {
        ...process.env,
        PATH: `${root}/bin:${process.env.PATH}`,
        LOG: `${root}/log`,
        FAILING: failing,
      }
      return spawnSync('bash', ['scripts/release.sh', `${root}/out`], {
        cwd,
        env,
        encoding: 'utf8',
      })
    }
    const calls = () => (existsSync(`${root}/log`) ? readFileSync(`${root}/log`, 'utf8') : '')
    return { root, cwd, release, calls }
  }

  test('refuses a dirty tree before it does anything', () => {
    const { cwd, release, calls } = repository()
    writeFileSync(join(cwd, 'stray'), '')
    const { status, stderr } = release()
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('dirty') })
    expect(calls()).toBe('')
  })

  test('checks and tests, and then makes tarball, materials and sums', () => {
    const { root, release, calls } = repository()
    expect(release()).toMatchObject({ status: 0, stderr: '' })
    expect(
      calls()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([...['ci', 'run', 'test', 'pack', 'sbom'], ''])
    const sums = readFileSync(`${root}/out/SHA256SUMS`, 'utf8')
    expect(sums).toMatch(/^[0-9a-f]{64} {2}tickwire\.tgz\n[0-9a-f]{64} {2}sbom\.cdx\.json\n$/)
    execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: `${root}/out`, stdio: 'ignore' })
    expect(calls()).not.toContain('publish')
  })

  test('makes nothing where a test fails', () => {
    const { root, release } = repository()
    expect(release('test').status).toBe(1)
    expect(existsSync(`${root}/out`)).toBe(false)
  })
})

const NPM = `#!/bin/sh
echo "$@" >>"$LOG"
[ "$1" != "$FAILING" ] || exit 1
case "$1" in
  pack) echo tarball >"$3/tickwire.tgz" ;;
  sbom) echo '{}' ;;
esac
`
