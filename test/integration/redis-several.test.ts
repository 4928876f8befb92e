/**
 * Several independent Redis: goal: topics that are spread over two are served as if they were in one, and while one of
 * them is away the clients are told, and get the prices of the other. Method: both are real; each has a publisher that
 * does not give up, and topics of its own.
 */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
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
import { metricsOf } from '../support/serve.ts'

const SLOW = { timeout: 120_000 }

test('one of two is killed and comes back', SLOW, async () => {
  const [a, b] = await Promise.all([redisHere(), redisHere()])
  const server = await serverAt(`${a.url},${b.url}`)
  const publishers = [publisherTo(a.url, 'a.'), publisherTo(b.url, 'b.')] as const
  const clients = await join(server)
  await grow(publishers[0])
  await grow(publishers[1])
  await told(clients, 'live')
  expect(await metricsOf(server)).toMatchObject({
    tickwire_sources: 2,
    tickwire_sources_up: 2,
  })

  await b.kill()
  await told(clients, 'down')
  expect(await metricsOf(server)).toMatchObject({ tickwire_sources_up: 1 })
  expect(logged(server, 'redis is away').map(({ redis }) => redis)).toContain(
    `127.0.0.1:${b.port}/0`,
  )
  const [client] = clients
  const seen = () =>
    JSON.stringify([...client!.records].filter(([topic]) => topic.startsWith('ticker:a.')))
  const before = seen()
  await grow(publishers[0])
  await eventually(() => seen() !== before)

  await b.restart()
  await told(clients, 'down live')
  await grow(publishers[1])
  for (const publisher of publishers) await publisher.stop()
  await exact(clients, { ...publishers[0].records, ...publishers[1].records })
})

test(
  'one that was never there: the feed is down, and prices of the other are served',
  SLOW,
  async () => {
    const [a, b] = await Promise.all([redisHere(), redisHere()])
    await b.kill()
    const server = await serverAt(`${a.url},${b.url}`)
    const publisher = publisherTo(a.url)
    const clients = await join(server)
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
    await told(clients, 'down')
    await b.restart()
    await told(clients, 'down live')
  },
)
