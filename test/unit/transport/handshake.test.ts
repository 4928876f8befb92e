/**
 * Handshakes whose token takes its time, step by step: what happens to the client meanwhile, and to its place. The
 * request and the verifier are fakes; real ones are in test/integration/handshake-tokens.test.ts.
 */
import type { HttpRequest, HttpResponse, us_socket_context_t } from 'uWebSockets.js'
import { expect, test } from 'vitest'
import { ANYBODY, type Identity } from '../../../src/access/identity.ts'
import { ProtocolError } from '../../../src/protocol/faults.ts'
import { SessionCounters } from '../../../src/session/counters.ts'
import { Addresses } from '../../../src/transport/addresses.ts'
import { Admission } from '../../../src/transport/admission.ts'
import { TransportCounters } from '../../../src/transport/counters.ts'
import { type HandshakePorts, Handshakes, type Peer } from '../../../src/transport/handshake.ts'
import { Origins } from '../../../src/transport/origins.ts'
import { CREDIT, Fanout } from '../../support/fanout.ts'

const ALICE: Identity = { ...ANYBODY, subject: 'alice' }

class Client {
  peer: Peer | null = null
  subprotocol: string | null = null
  status = ''
  private aborted = () => {}
  private readonly headers: Readonly<Record<string, string>>

  constructor(offered: string) {
    this.headers = { 'sec-websocket-protocol': offered }
  }

  get req(): HttpRequest {
    const fake = {
      getHeader: (name: string) => this.headers[name] ?? '',
      getQuery: () => undefined,
      forEach: () => {},
    }
    return fake as unknown as HttpRequest
  }

  get res(): HttpResponse {
    const fake = {
      getRemoteAddressAsText: () => new TextEncoder().encode('10.0.0.1').buffer,
      cork: (run: () => void) => run(),
      onAborted: (run: () => void) => {
        this.aborted = run
      },
      writeStatus: (status: string) => {
        this.status = status
      },
      writeHeader: () => {},
      end: () => {},
      upgrade: (peer: Peer, _key: string, subprotocol: string) => {
        this.peer = peer
        this.subprotocol = subprotocol
      },
    }
    return fake as unknown as HttpResponse
  }

  leave(): void {
    this.aborted()
  }
}

class Door {
  isDraining = false
  readonly counters = new TransportCounters(new SessionCounters().faults)
  readonly admission: Admission
  private readonly handshakes: Handshakes
  private settle: { resolve(identity: Identity): void; reject(error: Error): void }[] = []

  constructor() {
    const { flush } = new Fanout()
    const settings = { maxConnections: 1, maxConnectionsPerAddress: 0, acceptsPerS: 0 }
    this.admission = new Admission(settings, 0)
    const verify = () =>
      new Promise<Identity>((resolve, reject) => this.settle.push({ resolve, reject }))
    const verifier = { anonymous: ANYBODY, isAnythingPublic: false, verify }
    const ports = {
      host: { flush, credit: CREDIT, verifier },
      counters: this.counters,
      addresses: new Addresses({ trustedHops: 0, proxyProtocol: false }, this.counters),
      origins: new Origins([]),
      admission: this.admission,
      closesRefused: false,
      tokenInQuery: false,
      isDraining: () => this.isDraining,
    }
    // Of the host nothing else is touched.
    this.handshakes = new Handshakes(ports as unknown as HandshakePorts, 0)
  }

  knock(offered = 'tickwire.v1.json, bearer.a.b.c'): Client {
    const client = new Client(offered)
    this.handshakes.answer(client.res, client.req, {} as us_socket_context_t)
    return client
  }

  async accept(): Promise<void> {
    this.settle.shift()!.resolve(ALICE)
    await turn()
  }

  async refuse(error: Error): Promise<void> {
    this.settle.shift()!.reject(error)
    await turn()
  }

  /** Tries to come in without a token, and stays if it can. */
  isFull(): boolean {
    return this.knock('').status.startsWith('503')
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('a client is let in as whose token it is, once that is known', async () => {
  const door = new Door()
  const client = door.knock()
  expect(client).toMatchObject({ peer: null, status: '' })
  expect(door.isFull()).toBe(true)
  await door.accept()
  expect(client.peer).toMatchObject({ identity: ALICE, address: '10.0.0.1', farewell: null })
  expect(client.subprotocol).toBe('tickwire.v1.json')
})

test('a client that went away is not touched, and its place is free, and once', async () => {
  const door = new Door()
  const client = door.knock()
  client.leave()
  await door.accept()
  const other = door.knock()
  other.leave()
  await door.refuse(new ProtocolError('bad_token', 'it has expired'))
  for (const gone of [client, other]) expect(gone).toMatchObject({ peer: null, status: '' })
  expect(door.isFull()).toBe(false)
  // Who found it free has taken it.
  expect(door.isFull()).toBe(true)
})

test.each([
  { fault: 'bad_token', status: '401 Unauthorized' },
  { fault: 'auth_unavailable', status: '503 Service Unavailable' },
] as const)('a refused token frees the place: $fault', async ({ fault, status }) => {
  const door = new Door()
  const client = door.knock()
  await door.refuse(new ProtocolError(fault, 'for a test'))
  expect(client).toMatchObject({ peer: null, status })
  expect(door.isFull()).toBe(false)
  expect(door.counters.refused).toMatchObject({ [fault]: 1 })
})

test('a client whose token was being checked when the server began to stop is sent away', async () => {
  const door = new Door()
  const client = door.knock()
  door.isDraining = true
  await door.accept()
  expect(client).toMatchObject({ peer: null, status: '503 Service Unavailable' })
  expect(door.counters.refused).toEqual({ restart: 1 })
  door.isDraining = false
  expect(door.isFull()).toBe(false)
})
