/**
 * Fuzz, handshakes: goal: whatever headers say, addresses are addresses, a token that is taken stood in one place and in
 * no other, none is sent back, and no page of another origin gets in. Method: test/support/fuzz.ts, next to the rules
 * written anew.
 */
import { isIP } from 'node:net'
import { ProtocolError } from '../../src/protocol/faults.ts'
import { forwardedAddress, limitKey, readAddress } from '../../src/transport/addresses.ts'
import { chosenToken, dialectsOffered } from '../../src/transport/bearer.ts'
import { Origins } from '../../src/transport/origins.ts'
import { fuzz, must } from '../support/fuzz.ts'
import { bytesAround } from '../support/fuzz-inputs.ts'

const texts = (...list: string[]) => list.map((text) => Buffer.from(text))

const FORWARDED = texts(
  '203.0.113.7, 10.0.0.1',
  '2001:db8::1, [2001:db8::2]:443,10.0.0.1:8080',
  '::ffff:203.0.113.7, fe80::1%eth0, unknown',
)

fuzz('X-Forwarded-For', {
  make: (dice) => [bytesAround(dice, FORWARDED), Buffer.of(1 + dice.below(4))],
  check: ([bytes, hops]) => {
    const header = bytes!.toString('latin1')
    const entries = header.split(',')
    const told = forwardedAddress(header, hops![0]!)
    const entry = entries[entries.length - hops![0]!]
    must(told === (entry === undefined ? null : readAddress(entry)), 'it is so many from the right')
    if (told === null) return
    must(isIP(told) !== 0 && !told.includes('%'), `${told} is an address`)
    must(readAddress(told) === told, `${told} is in its shortest form`)
    checkKey(told)
  },
  past: [],
})

fuzz('ways to write an address', {
  make: (dice) => [dice.bytes(16), Buffer.of(dice.below(256), dice.below(256))],
  check: ([bytes, more]) => {
    const address = Buffer.from(bytes!)
    const [zeros, mixed] = more!
    for (let i = 0; i < 8; i++) if ((zeros! >> i) & 1) address.writeUInt16BE(0, 2 * i)
    const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16))
    const plain = groups.join(':')
    const shortest = readAddress(plain)!
    for (const way of [plain.toUpperCase(), groups.map((g) => g.padStart(4, '0')).join(':')]) {
      must(readAddress(way) === shortest, `${way} is ${shortest}`)
      must(readAddress(` [${way}]:${mixed} `) === shortest, `${way} with a port is ${shortest}`)
    }
    checkKey(shortest)
    const neighbour = [...groups.slice(0, 4), 'dead', 'beef', '0', mixed!.toString(16)].join(':')
    if (isIP(shortest) === 6) must(limitKey(readAddress(neighbour)!) === limitKey(shortest), 'same')
    const other = [((address[0]! << 8) ^ 0x100).toString(16), ...groups.slice(1)].join(':')
    must(limitKey(readAddress(other)!) !== limitKey(shortest), 'another network is another one')
  },
  past: [],
})

const TOKEN = 'aaaa.bbbb.cccc'
const AUTHORIZATIONS = texts(`Bearer ${TOKEN}`, 'Basic dXNlcjpwYXNz', 'bearer', '')
const OFFERED = texts(
  `tickwire.v1.json, bearer.${TOKEN}`,
  `bearer.${TOKEN},bearer.x.y.z`,
  'tickwire.v1.msgpack',
  '',
)
const QUERIES = texts(TOKEN, 'x.y.z', '')

fuzz('bearer tokens', {
  make: (dice) => [
    bytesAround(dice, AUTHORIZATIONS),
    bytesAround(dice, OFFERED),
    bytesAround(dice, QUERIES),
    Buffer.of(dice.below(4)),
  ],
  check: ([first, second, third, ways]) => {
    const [authorization, offered, asked] = [first, second, third].map((it) =>
      it!.toString('latin1'),
    )
    const inQuery = ways![0]! > 1
    const query = ways![0]! % 2 === 1 ? asked : undefined
    const names = offered!.split(',').map((name) => name.trim())
    const left = dialectsOffered(offered!).split(',')
    must(!left.some((name) => name.trim().startsWith('bearer.')), 'no token may be sent back')
    must(names.filter((name) => !name.startsWith('bearer.')).length >= left.length - 1, 'of those')
    try {
      const token = chosenToken(
        { authorization: authorization!, offered: offered!, query },
        inQuery,
      )
      must(query === undefined || inQuery, 'a token in the query is not passed over')
      const isBearer = /^bearer( |$)/i.test(authorization!)
      const bearers = names.filter((name) => name.startsWith('bearer.'))
      if (token === null) return must(!isBearer && bearers.length === 0 && !query, 'there is none')
      must(token.length <= 8_192 && token.split('.').length === 3, 'it looks like one')
      must(
        bearers.every((name) => name === `bearer.${token}`),
        'there is no other subprotocol',
      )
      must(!isBearer || authorization!.trim().endsWith(token), 'nor another header')
      must(query === undefined || query === token, 'nor another in the query')
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      must(error.fault === 'bad_token' && error.detail.length < 60, 'nothing of it is repeated')
    }
  },
  past: [],
})

const ORIGINS = texts(
  'https://desk.example',
  'http://desk.example:8080',
  'https://DESK.example:443',
  'http://[::1]:9000',
  'null',
  'https://desk.example.evil.example',
  'https://desk.example@evil.example',
)
const HOSTS = texts('desk.example', 'desk.example:8080', '[::1]:9000', 'DESK.EXAMPLE:443')
const listed = new Origins(['https://desk.example', 'http://desk.example:8080'])
const own = new Origins([])
/** All that a browser sends. */
const WRITTEN = /^(https?):\/\/([a-z\d.-]+|\[[a-f\d:]+\])(?::(\d{1,5}))?$/

fuzz('origins', {
  make: (dice) => [bytesAround(dice, ORIGINS), bytesAround(dice, HOSTS)],
  check: ([first, second]) => {
    const [origin, host] = [first!.toString(), second!.toString('latin1')]
    const isListed = listed.allows(origin, () => [host])
    const isOwn = own.allows(origin, () => [host])
    must(!own.allows(origin, () => [host, host]) || origin === '', 'two hosts are none')
    if (origin === '') return must(isListed && isOwn, 'what names none is no page')
    const [, scheme, name, port = scheme === 'https' ? '443' : '80'] = WRITTEN.exec(origin) ?? []
    if (scheme === undefined) return
    const page = `${scheme}://${name}:${Number(port)}`
    const names = ['https://desk.example:443', 'http://desk.example:8080']
    must(!isListed || names.includes(page), `${page} is not one of those that are listed`)
    const hostPort = /:(\d+)$/.exec(host)?.[1] ?? (scheme === 'https' ? '443' : '80')
    const hostName = host.replace(/:\d+$/, '').toLowerCase()
    const isSame = /^\[/.test(name!) || /[\da-fx]\.?$/.test(name!) // which can be written in many ways
    must(!isOwn || isSame || (hostName === name && hostPort === port), `${page} is not ${host}`)
  },
  past: [],
})

function checkKey(address: string): void {
  const key = limitKey(address)
  if (isIP(address) === 4) return must(key === address, 'IPv4 counts by itself')
  must(/^([\da-f]{1,4}:){4}:\/64$/.test(key), `${key} is a network of 64 bits`)
}
