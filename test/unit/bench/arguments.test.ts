/**
 * Arguments of `npm run bench`: goal: whoever mistypes learns what is wrong before anything is started. Method: command
 * lines against the real scenarios.
 */
import { describe, expect, test } from 'vitest'
import { parseRequest, UsageError } from '../../../bench/command/arguments.ts'
import { SCENARIOS } from '../../../bench/scenario/index.ts'

function request(line: string) {
  return parseRequest(line.split(' ').filter(Boolean), SCENARIOS)
}

describe('a run', () => {
  test('has the values of its scenario', () => {
    const { values } = SCENARIOS.find(({ name }) => name === 'watchlist')!
    expect(request('watchlist')).toMatchObject({
      kind: 'run',
      values,
      isSmoke: false,
      json: null,
      html: null,
      elsewhere: { redisUrl: null, server: null },
    })
  })

  test('has those of its smoke size, and what was set before both', () => {
    const { values, smoke } = SCENARIOS.find(({ name }) => name === 'watchlist')!
    const found = request('watchlist --smoke --set clients=7 --set controls=ws,socket.io')
    expect(found).toMatchObject({
      isSmoke: true,
      values: { ...values, ...smoke, clients: 7, controls: 'ws,socket.io' },
    })
  })

  test('takes what runs elsewhere', () => {
    const line = '--url ws://host:9000 --redis redis://host --admin http://host:9001/'
    expect(request(`watchlist ${line} --json a.json --html a.html`)).toMatchObject({
      json: 'a.json',
      html: 'a.html',
      elsewhere: {
        redisUrl: 'redis://host',
        server: { url: 'ws://host:9000/ws', admin: 'http://host:9001' },
      },
    })
  })

  test('takes a value with an equals sign in it', () => {
    expect(request('replay --set file=a=b.ndjson')).toMatchObject({
      values: { file: 'a=b.ndjson' },
    })
  })
})

test('list, help and compare are told apart', () => {
  expect(request('list')).toEqual({ kind: 'list' })
  expect(request('--help')).toEqual({ kind: 'help' })
  expect(request('watchlist --help')).toEqual({ kind: 'help' })
  expect(request('compare a.json b.json --fail-on x:+1%')).toEqual({
    kind: 'compare',
    args: ['a.json', 'b.json', '--fail-on', 'x:+1%'],
  })
})

test.each([
  ['', 'which scenario?'],
  ['watchlst', "unknown scenario 'watchlst' (did you mean watchlist?)"],
  ['watchlist firehose', "unexpected argument 'firehose'"],
  ['watchlist --smok', 'unknown option --smok (did you mean --smoke?)'],
  ['watchlist --set clients', "--set takes key=value, not 'clients'"],
  ['watchlist --set client=3', "watchlist has no value 'client' (did you mean clients?)"],
  ['watchlist --set toString=3', "watchlist has no value 'toString'"],
  ['watchlist --set clients=many', "clients must be a number, not 'many'"],
  ['watchlist --set clients=', "clients must be a number, not ''"],
  ['watchlist --set clients=-1', "clients must be a number, not '-1'"],
  ['watchlist --json', "Option '--json <value>' argument missing"],
  ['watchlist --url ws://host', '--url needs --redis'],
  ['watchlist --admin http://host', '--admin needs --url'],
  ['watchlist --redis host', "--redis takes redis://... or rediss://..., not 'host'"],
  ['watchlist --redis redis://h --url http://h', "--url takes ws://..., not 'http://h'"],
])('%s is refused', (line, says) => {
  expect(() => request(line)).toThrow(UsageError)
  expect(() => request(line)).toThrow(says)
})
