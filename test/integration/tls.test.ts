/**
 * TLS on the clients' port: who gets in, and how a certificate is replaced while clients are connected. Real
 * certificates, a server process with the simulator, and clients that are not ours: ws, curl and Node's TLS.
 */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type ConnectionOptions, connect, type SecureVersion } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ManualSource } from '../support/manual-source.ts'
import { Program, tickwire } from '../support/program.ts'
import { RawClient } from '../support/raw-client.ts'
import { makeServer, metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'

const EXPIRY = 'tickwire_tls_certificate_expiry_timestamp_seconds'
const RENEWALS = 30
/** An app of uWebSockets.js with our routes is some 50 kB, for ever; the rest is the noise of a process's memory. */
const RENEWAL_BYTES_MAX = 768 * 1024
const INFO = { TICKWIRE_LOG_LEVEL: 'info' }

let certificate: TestCertificate
let server: ServerProcess

beforeAll(async () => {
  certificate = await makeCertificate('first')
  server = await serveProcess({ ...certificate.env, ...INFO })
})

afterAll(async () => {
  await server?.stop()
  await certificate?.remove()
})

test('prices reach ws and curl, which trust that certificate alone', async () => {
  const client = await Client.connect(server.url, { ca: await certificate.pem() })
  await client.subscribe(['ticker:*'])
  await eventually(() => client.records.size > 0)
  await client.close()
  const args = ['curl', '-sS', '--cacert', certificate.certPath]
  const curl = new Program([...args, `${server.http}/api/v1/ticker`])
  expect(await curl.ended(), curl.stderr).toBe(0)
  expect(JSON.parse(curl.stdout)).toMatchObject({ feed: 'live', records: expect.any(Array) })
})

test('the admin port stays plain, and says when the certificate expires', async () => {
  const { validTo } = await presented(server)
  expect(await metricOf(server, EXPIRY)).toBe(Date.parse(validTo) / 1_000)
})

test('whoever speaks no TLS is cut off, without a word', async () => {
  const client = await RawClient.connect(server.port)
  client.send('GET /api/v1/ticker HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await eventually(() => client.hasEnded)
  expect(client.received.toString('latin1')).not.toContain('HTTP')
})

test.each<[SecureVersion, boolean]>([
  ['TLSv1', false],
  ['TLSv1.1', false],
  ['TLSv1.2', true],
  ['TLSv1.3', true],
])('%s: accepted is %s', async (version, isAccepted) => {
  // Node's own OpenSSL would not offer the old ones.
  const only = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' }
  const outcome = await presented(server, only).then(
    ({ protocol }) => protocol,
    (error: Error) => error.message,
  )
  if (isAccepted) expect(outcome).toBe(version)
  else expect(outcome).toContain('alert protocol version')
})

test('at SIGHUP new connections get the new certificate, and those there are keep theirs', async () => {
  const own = await start()
  const clients: Client[] = []
  for (const name of ['first', 'second', 'third', 'fourth']) {
    if (name !== 'first') await renew(own, name)
    expect((await presented(own.server)).subject).toBe(name)
    clients.push(await Client.connect(own.server.url, { ca: await own.certificate.pem() }))
    await clients.at(-1)!.subscribe(['ticker:*'])
  }
  await goesOn(clients)
  const { validTo } = await presented(own.server)
  expect(await metricOf(own.server, EXPIRY)).toBe(Date.parse(validTo) / 1_000)
  expect(await metricOf(own.server, 'tickwire_connections')).toBe(4)

  expect(await own.server.program.terminate(), own.server.program.stderr).toBe(0)
  for (const client of clients) expect(await client.untilClosed()).toMatchObject({ code: 1012 })
})

test('whoever connects while certificates are renewed gets in, and old ones cost little', async () => {
  const own = await start()
  const before = await own.server.rssBytes()
  let connected = 0
  let isOver = false
  const knock = async () => {
    while (!isOver) {
      await presented(own.server)
      connected++
    }
  }
  const knocking = Promise.all([knock(), knock()])
  for (let i = 1; i <= RENEWALS; i++) await renew(own, `number-${i}`)
  isOver = true
  await knocking
  expect(connected).toBeGreaterThan(RENEWALS)
  expect((await presented(own.server)).subject).toBe(`number-${RENEWALS}`)
  const grown = (await own.server.rssBytes()) - before
  expect(grown).toBeLessThan(RENEWALS * RENEWAL_BYTES_MAX)
}, 60_000)

test.each<[string, (it: TestCertificate) => Promise<void>, string]>([
  ['is gone', (it) => it.remove(), 'cannot read the certificate: ENOENT'],
  ['is nonsense', (it) => writeFile(it.certPath, 'nonsense'), 'is no certificate in PEM form'],
  ['has a nonsense key', (it) => writeFile(it.keyPath, 'nonsense'), 'is no private key in PEM'],
  ['has the key of another', (it) => strangeKey(it), 'is not that of'],
])('a certificate that %s changes nothing', async (_, spoil, why) => {
  const own = await start()
  const ca = await own.certificate.pem()
  const client = await Client.connect(own.server.url, { ca })
  await client.subscribe(['ticker:*'])
  await spoil(own.certificate)
  process.kill(own.server.program.pid, 'SIGHUP')
  await eventually(async () => (await reloads(own.server, 'failed')) === 1)
  expect(own.server.program.stderr).toContain('certificate not renewed, the old one stays')
  expect(own.server.program.stderr).toContain(why)
  await goesOn([client])
  await Client.connect(own.server.url, { ca })
  expect((await presented(own.server)).subject).toBe('first')
})

test('stop() ends the connections of every certificate', async () => {
  const own = await makeCertificate('first')
  onTestFinished(() => own.remove())
  const here = makeServer(own.env, { source: new ManualSource() })
  const { port } = await here.start()
  const ends: boolean[] = []
  for (const name of ['first', 'second', 'third']) {
    if (name !== 'first') await own.renew(name)
    here.reload()
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    const at = ends.push(false) - 1
    socket.on('error', () => {}) // cut off, as it should be
    socket.on('close', () => {
      ends[at] = true
    })
    await once(socket, 'secureConnect')
    expect(socket.getPeerCertificate().subject.CN).toBe(name)
  }
  await here.stop()
  // Sooner than uWebSockets.js cuts off who says nothing.
  await eventually(() => expect(ends).toEqual([true, true, true]), { timeoutMs: 5_000 })
})

test('the same certificate again is no renewal', async () => {
  const own = await start()
  process.kill(own.server.program.pid, 'SIGHUP')
  await eventually(async () => (await reloads(own.server, 'unchanged')) === 1)
  expect(await reloads(own.server, 'renewed')).toBe(0)
})

test.each<[string, (it: TestCertificate) => Promise<void>, string]>([
  ['the files are not there', (it) => it.remove(), 'cannot read the certificate: ENOENT'],
  ['the certificate is none', (it) => writeFile(it.certPath, ''), 'is no certificate in PEM form'],
  ['the key is none', (it) => writeFile(it.keyPath, ''), 'is no private key in PEM form'],
  ['the key is that of another', (it) => strangeKey(it), 'is not that of'],
])('does not start where %s, and says so', async (_, spoil, why) => {
  const own = await makeCertificate('first')
  onTestFinished(() => own.remove().catch(() => {}))
  await spoil(own)
  const program = tickwire(['serve'], { ...own.env, TICKWIRE_PORT: '0', TICKWIRE_ADMIN_PORT: '0' })
  onTestFinished(() => program.stop())
  expect(await program.ended()).toBe(1)
  expect(program.stderr).toMatch(/^tickwire: .*\n$/)
  expect(program.stderr).toContain(why)
})

interface Presented {
  readonly subject: string
  readonly validTo: string
  readonly protocol: string | null
}

/** What the server presents to whoever connects now. */
function presented({ port }: ServerProcess, options: ConnectionOptions = {}): Promise<Presented> {
  return new Promise((resolve, reject) => {
    const whoever = { host: '127.0.0.1', port, rejectUnauthorized: false, ...options }
    const socket = connect(whoever, () => {
      const { subject, valid_to: validTo } = socket.getPeerCertificate()
      resolve({ subject: String(subject.CN), validTo, protocol: socket.getProtocol() })
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/** A server with a certificate of its own, for the length of a test. */
async function start(): Promise<{ server: ServerProcess; certificate: TestCertificate }> {
  const own = await makeCertificate('first')
  onTestFinished(() => own.remove().catch(() => {})) // a test may have removed it
  const started = await serveProcess({ ...own.env, ...INFO })
  onTestFinished(() => started.stop())
  return { server: started, certificate: own }
}

async function renew(
  { server: own, certificate: mine }: Awaited<ReturnType<typeof start>>,
  name: string,
): Promise<void> {
  const before = await reloads(own, 'renewed')
  await mine.renew(name)
  process.kill(own.program.pid, 'SIGHUP')
  await eventually(async () => (await reloads(own, 'renewed')) === before + 1)
}

function reloads(own: ServerProcess, outcome: string): Promise<number> {
  return metricOf(own, `tickwire_tls_reloads_total{outcome="${outcome}"}`)
}

/** Each of them is sent something new. */
async function goesOn(clients: readonly Client[]): Promise<void> {
  for (const client of clients) {
    const { frameCount } = client
    await eventually(() => client.frameCount > frameCount + 2)
    expect(client.closed).toBeNull()
  }
}

async function strangeKey(it: TestCertificate): Promise<void> {
  const pem = await it.pem()
  await it.renew('stranger')
  await writeFile(it.certPath, pem)
}
