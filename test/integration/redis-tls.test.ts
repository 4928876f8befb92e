/**
 * Redis over TLS: goal: rediss:// works with an authority and a client certificate of one's own, with Sentinels too, and
 * whatever is wrong with a certificate is said and not worked around. Method: a real Redis with certificates by openssl.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Env, tickwire } from '../support/program.ts'
import { freePort } from '../support/redis.ts'
import {
  exact,
  join,
  logged,
  publisherTo,
  redisHere,
  serverAt,
  told,
} from '../support/redis-scene.ts'
import { MASTER, startSentinel } from '../support/redis-sentinel.ts'
import { type Certificates, makeCertificates, tlsArgs } from '../support/redis-tls.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const SLOW = { timeout: 120_000 }

const trusting = ({ ca, client }: Certificates): Env => ({
  TICKWIRE_REDIS_CA: ca,
  TICKWIRE_REDIS_CERT: client.cert,
  TICKWIRE_REDIS_KEY: client.key,
})

test('an authority of its own, and a client certificate', SLOW, async () => {
  const certificates = await makeCertificates()
  const port = await freePort()
  const redis = await redisHere({ args: tlsArgs(certificates, certificates.server, port) })
  const server = await serverAt(`rediss://127.0.0.1:${port}`, trusting(certificates))
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('with a Sentinel, which speaks TLS too', SLOW, async () => {
  const certificates = await makeCertificates()
  const ports = { master: await freePort(), sentinel: await freePort() }
  const args = (port: number) => [
    ...tlsArgs(certificates, certificates.server, port),
    ...['--tls-replication', 'yes'],
  ]
  const master = await redisHere({ args: args(ports.master) })
  const watched = { ...master, port: ports.master }
  const sentinel = await startSentinel(watched, 0, { args: args(ports.sentinel) })
  try {
    const server = await serverAt(`rediss://${MASTER}`, {
      ...trusting(certificates),
      TICKWIRE_REDIS_SENTINELS: `127.0.0.1:${ports.sentinel}`,
    })
    const publisher = publisherTo(master.url)
    const clients = await join(server)
    await told(clients, 'live')
    await publisher.stop()
    await exact(clients, publisher.records)
  } finally {
    await sentinel.stop()
  }
})

test.each<{ what: string; pair: 'server' | 'stray'; env(c: Certificates): Env; why: RegExp }>([
  {
    what: 'an authority that is not known',
    pair: 'server',
    env: () => ({}),
    why: /^(self-signed certificate in certificate chain|unable to verify the first certificate|unable to get local issuer certificate)$/,
  },
  {
    what: 'a certificate of another host',
    pair: 'stray',
    env: trusting,
    why: /^Hostname\/IP does not match certificate's altnames/,
  },
  {
    what: 'no client certificate',
    pair: 'server',
    env: ({ ca }) => ({ TICKWIRE_REDIS_CA: ca }),
    why: /certificate required|closed|ECONNRESET/,
  },
])('$what: never live, and said once', SLOW, async ({ pair, env, why }) => {
  const certificates = await makeCertificates()
  const port = await freePort()
  await redisHere({ args: tlsArgs(certificates, certificates[pair], port) })
  const proxy = await TcpProxy.start(port)
  onTestFinished(() => proxy.stop())
  const server = await serverAt(`rediss://127.0.0.1:${proxy.port}`, env(certificates))
  await eventually(() => proxy.acceptedCount >= 4)
  const clients = await join(server)
  await told(clients, '^down')
  const [line, ...others] = logged(server, 'redis is away')
  expect(line!.why).toMatch(why)
  expect(others).toEqual([])
})

test('a file that is no certificate is said, and once it is one, all is well', SLOW, async () => {
  const certificates = await makeCertificates()
  const port = await freePort()
  const redis = await redisHere({ args: tlsArgs(certificates, certificates.server, port) })
  const { cert, key } = certificates.client
  const good = { ...certificates, client: { cert: `${cert}.new`, key } }
  await writeFile(good.client.cert, 'no certificate')
  const server = await serverAt(`rediss://127.0.0.1:${port}`, trusting(good))
  await eventually(() => expect(logged(server, 'redis is away')).toHaveLength(1))
  await writeFile(good.client.cert, await readFile(cert))
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('a file that is not there ends the start, with its path', async () => {
  const env = { TICKWIRE_REDIS_URL: 'rediss://127.0.0.1:1', TICKWIRE_REDIS_CA: '/no/such.pem' }
  const ports = { TICKWIRE_PORT: '0', TICKWIRE_ADMIN_PORT: '0' }
  const program = tickwire(['serve'], { ...env, ...ports })
  expect(await program.ended()).toBe(1)
  expect(program.stderr).toContain('tickwire: /no/such.pem cannot be read (ENOENT)')
})
