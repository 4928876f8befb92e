/**
 * Profiles on demand: goal: an operator gets what Chromium's developer tools read, and nobody else gets anything.
 */
import { expect, onTestFinished, test } from 'vitest'
import type { Env } from '../support/program.ts'
import { startServer, type TestServer } from '../support/server.ts'

const TOKEN = 'let-me-look-into-it'

async function served(env: Env): Promise<TestServer> {
  const server = await startServer(env)
  onTestFinished(() => server.stop())
  return server
}

test('are not there unless they are asked for', async () => {
  const { admin } = await served({})
  for (const path of ['cpu', 'heap']) {
    expect((await fetch(`${admin}/profile/${path}`)).status).toBe(404)
  }
})

test('a CPU profile names functions of ours; only one is made at a time', async () => {
  const { admin } = await served({ TICKWIRE_PROFILES: 'true' })
  const first = fetch(`${admin}/profile/cpu?seconds=1`)
  const second = await fetch(`${admin}/profile/cpu?seconds=1`)
  const answers = [await first, second]
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 503])
  const profile = (await answers.find(({ status }) => status === 200)!.json()) as {
    nodes: { callFrame: { url: string } }[]
    samples: number[]
  }
  expect(profile.samples.length).toBeGreaterThan(0)
  expect(profile.nodes.some(({ callFrame }) => callFrame.url.includes('/src/'))).toBe(true)
  expect((await fetch(`${admin}/profile/cpu?seconds=1`)).status).toBe(200)
})

test('a heap snapshot comes whole, and the next one can be made', async () => {
  const { admin } = await served({ TICKWIRE_PROFILES: 'true' })
  for (let i = 0; i < 2; i++) {
    const response = await fetch(`${admin}/profile/heap`)
    expect(response.headers.get('content-disposition')).toContain('tickwire.heapsnapshot')
    const snapshot = (await response.json()) as { snapshot: { node_count: number } }
    expect(snapshot.snapshot.node_count).toBeGreaterThan(10_000)
  }
})

test('whoever goes away while a snapshot is sent does not block the next', async () => {
  const { admin } = await served({ TICKWIRE_PROFILES: 'true' })
  const giveUp = new AbortController()
  const response = await fetch(`${admin}/profile/heap`, { signal: giveUp.signal })
  giveUp.abort()
  await expect(response.text()).rejects.toThrow()
  await expect
    .poll(async () => (await fetch(`${admin}/profile/cpu?seconds=1`)).status, { timeout: 10_000 })
    .toBe(200)
})

test.each(['0', '61', 'x', '1e1'])('seconds=%s are refused', async (seconds) => {
  const { admin } = await served({ TICKWIRE_PROFILES: 'true' })
  const response = await fetch(`${admin}/profile/cpu?seconds=${seconds}`)
  expect(response.status).toBe(400)
})

test('with a token, only who has it is answered', async () => {
  const { admin } = await served({ TICKWIRE_PROFILES: 'true', TICKWIRE_PROFILE_TOKEN: TOKEN })
  const statusWith = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    return (await fetch(`${admin}/profile/cpu?seconds=1`, { headers })).status
  }
  expect(await statusWith()).toBe(401)
  expect(await statusWith('Bearer let-me-look-into-that')).toBe(401)
  expect(await statusWith(TOKEN)).toBe(401)
  expect(await statusWith(`Bearer ${TOKEN}`)).toBe(200)
})
