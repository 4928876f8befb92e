/**
 * Image: goal: what the Dockerfile puts into an image serves clients, as a user who may write nowhere. Method: there is
 * no Docker engine here, so the same script assembles it in a plain folder, and it is run from there.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../support/client.ts'
import { serveProcess } from '../support/serve.ts'

const ASSEMBLE_MS = 120_000
/** The user of the image. */
const USER = 65_532
const DOCKERFILE = readFileSync('Dockerfile', 'utf8')

const parent = mkdtempSync(join(tmpdir(), 'tickwire-image-'))
const app = join(parent, 'app')

beforeAll(() => {
  chmodSync(parent, 0o755)
  execFileSync('bash', ['scripts/assemble.sh', app], { stdio: 'pipe' })
}, ASSEMBLE_MS)

afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', parent])
  rmSync(parent, { recursive: true })
})

test('serves clients as a user that may write nowhere', async () => {
  const server = await serveProcess(
    {},
    asUser([process.execPath, join(app, 'dist/main.js'), 'serve']),
  )
  try {
    const client = await Client.connect(server.url)
    expect(client.notices[0]).toMatchObject({ type: 'hello', source: 'simulator' })
    client.close()
    expect((await fetch(`${server.admin}/readyz`)).status).toBe(200)
    expect((await fetch(server.http)).status).toBe(200) // the live page
    const status = readFileSync(`/proc/${server.program.pid}/status`, 'utf8')
    expect(status).not.toMatch(/^Uid:\t0\b/m)
    expect(await server.program.terminate()).toBe(0)
  } finally {
    await server.stop()
  }
})

test('has one binary of uWebSockets.js, and nothing that only developers need', () => {
  expect(readdirSync(join(app, 'node_modules/uWebSockets.js/dist/bin'))).toHaveLength(1)
  expect(readdirSync(app).sort()).toEqual(['dist', 'node_modules', 'package.json'])
  expect(readdirSync(join(app, 'node_modules'))).not.toContain('vitest')
})

test('a folder that is not empty is left alone', () => {
  const again = () => execFileSync('bash', ['scripts/assemble.sh', app], { stdio: 'pipe' })
  expect(again).toThrow(/is not empty/)
})

describe('the Dockerfile', () => {
  test('assembles by the same script, and runs what it made', () => {
    expect(DOCKERFILE).toContain('RUN bash scripts/assemble.sh /out\n')
    expect(DOCKERFILE).toContain('COPY --from=assemble /out /app\n')
    expect(DOCKERFILE).toContain('ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]\n')
  })

  test('builds with the Node that runs it, on glibc', () => {
    const [, major] = /^FROM node:(\d+)\.[\d.]+-\w+-slim AS build$/m.exec(DOCKERFILE)!
    const images = Array.from(DOCKERFILE.matchAll(/^FROM (\S+)/gm), ([, image]) => image!)
    expect(images.at(-1)).toBe(`gcr.io/distroless/nodejs${major}-debian13:nonroot`)
  })

  test('ends as the user that the Deployment runs it as', () => {
    expect(DOCKERFILE).toContain(`USER ${USER}:${USER}\n`)
    expect(readFileSync('k8s/base/deployment.yaml', 'utf8')).toContain(`runAsUser: ${USER}\n`)
  })

  test('leaves out all that .dockerignore does not name', () => {
    const named = readFileSync('.dockerignore', 'utf8').split('\n')
    const copied = ['package.json', 'package-lock.json', '.npmrc', 'src', 'scripts/assemble.sh']
    for (const path of copied) expect(named).toContain(`!${path}`)
    expect(named).toContain('*')
  })
})

/** Whoever is root becomes nobody; anybody else is that already. */
function asUser(command: readonly string[]): readonly string[] {
  if (process.getuid!() !== 0) return command
  return ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...command]
}
