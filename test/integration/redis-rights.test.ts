/**
 * Passwords and rights in Redis: goal: the users of docs/operations.md can do what they need and no less would do; a
 * password that is changed is used once its file has it; whatever is refused is said once, without a password, and ends
 * when it is granted. Method: a real Redis with its ACL; the docs' own lines.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import type { TestRedis } from '../support/redis.ts'
import {
  exact,
  grow,
  join,
  logged,
  publisherTo,
  redisHere,
  serverAt,
  told,
} from '../support/redis-scene.ts'
import { MASTER, startSentinel } from '../support/redis-sentinel.ts'
import { temporaryFile } from '../support/temporary-file.ts'

const SLOW = { timeout: 120_000 }
const OPERATIONS = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

/** The words of the docs' ACL SETUSER for this user, from its name on. */
function rightsOf(user: string): string[] {
  const [, words] = new RegExp(`ACL SETUSER (${user} .*)$`, 'm').exec(OPERATIONS)!
  return words!.split(' ')
}

const commandsOf = (user: string) => rightsOf(user).filter((word) => /^\+\w/.test(word))

async function grant(redis: TestRedis, user: string, ...more: string[]): Promise<string> {
  await redis.command('acl', 'setuser', ...rightsOf(user), ...more)
  const [password] = rightsOf(user).flatMap((word) => (word.startsWith('>') ? [word.slice(1)] : []))
  return `redis://${user}:${password}@127.0.0.1:${redis.port}`
}

test('the users of the docs: tickwire reads, publish publishes', SLOW, async () => {
  const redis = await redisHere()
  const server = await serverAt(await grant(redis, 'tickwire'))
  const publisher = publisherTo(await grant(redis, 'publisher'))
  const clients = await join(server)
  await grow(publisher)
  await publisher.stop()
  const late = await join(await serverAt(await grant(redis, 'tickwire')))
  await exact([...clients, ...late], publisher.records)
  for (const { program } of [server]) expect(program.stderr).not.toContain('NOPERM')
  for (const entry of (await redis.command('acl', 'log')) as unknown[])
    expect(entry).toBeUndefined()
})

test.each(commandsOf('tickwire'))('without %s it says so', SLOW, async (command) => {
  const redis = await redisHere()
  const sentinel = await startSentinel(redis, 0)
  onTestFinished(sentinel.stop)
  const url = await grant(redis, 'tickwire', command.replace('+', '-'))
  // As much as there is to do: another database, and a master that is to be checked.
  await redis.as(`${redis.url}/1`)('hset', 'tickwire:last', 'ticker:A', '{"bid":"1"}')
  const at = url.replace(`127.0.0.1:${redis.port}`, `${MASTER}/1`)
  const server = await serverAt(at, { TICKWIRE_REDIS_SENTINELS: sentinel.address })
  await eventually(() => {
    const events = ['redis is not ready yet', 'stored records are not readable']
    const whys = events.flatMap((event) => logged(server, event).map(({ why }) => why))
    expect(whys).toEqual([expect.stringMatching(`NOPERM.*'${command.slice(1)}'`)])
  })
})

test('a channel that may not be read is said once, and live once it may', SLOW, async () => {
  const redis = await redisHere()
  const url = await grant(redis, 'tickwire', 'resetchannels')
  const server = await serverAt(url)
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  await eventually(async () => {
    const [entry] = (await redis.command('acl', 'log')) as unknown[][]
    expect(Number(entry?.[1])).toBeGreaterThanOrEqual(3)
  })
  const lines = logged(server, 'redis is not ready yet')
  expect(lines).toMatchObject([{ why: expect.stringContaining('NOPERM') }])
  await told([client], '^down')
  await redis.command('acl', 'setuser', 'tickwire', '&ticker:*')
  await told([client], 'down live')
})

test(
  'a database that may not be selected: that of another number is not read in its place',
  SLOW,
  async () => {
    const redis = await redisHere()
    await redis.command('hset', 'tickwire:last', 'ticker:OTHER', '{"bid":"1"}')
    const url = await grant(redis, 'tickwire', '-select')
    const server = await serverAt(`${url}/1`)
    const client = await Client.connect(server.url)
    await client.subscribe(['ticker:*'])
    await told([client], 'live')
    expect(client.records.size).toBe(0)
    await eventually(() => {
      const lines = logged(server, 'stored records are not readable')
      expect(lines).toMatchObject([{ why: expect.stringContaining('select') }])
    })
  },
)

test(
  'the password is changed: down, said without it, and live once its file has the new one',
  SLOW,
  async () => {
    const redis = await redisHere()
    const file = await temporaryFile('password', 'open-sesame-1\n')
    onTestFinished(file.remove)
    const admin = await grant(redis, 'publisher')
    await redis.command('acl', 'setuser', 'root', 'on', '>root', '~*', '&*', '+@all')
    await redis.command('config', 'set', 'requirepass', 'open-sesame-1')
    const asRoot = redis.as(`redis://root:root@127.0.0.1:${redis.port}`)
    const server = await serverAt(redis.url, { TICKWIRE_REDIS_PASSWORD_FILE: file.path })
    const publisher = publisherTo(admin)
    const clients = await join(server)
    await grow(publisher)
    await told(clients, 'live')

    await asRoot('config', 'set', 'requirepass', 'open-sesame-2')
    await asRoot('client', 'kill', 'type', 'pubsub')
    await told(clients, 'down')
    // Some attempts later it has been said once.
    await eventually(async () => {
      const [entry] = (await asRoot('acl', 'log')) as unknown[][]
      expect(Number(entry?.[1])).toBeGreaterThanOrEqual(3)
    })
    const whys = ['redis is away', 'redis is not ready yet'].flatMap((event) =>
      logged(server, event).map(({ why }) => String(why)),
    )
    expect(whys.filter((why) => why.startsWith('WRONGPASS'))).toHaveLength(1)

    await writeFile(file.path, 'open-sesame-2\n')
    await told(clients, 'down live')
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
    expect(server.program.stderr + server.program.stdout).not.toContain('sesame')
  },
)
