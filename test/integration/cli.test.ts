/**
 * Command line: goal: whoever mistypes learns what is wrong, and scripts can rely on exit codes. Method: the built
 * program is run as a user would run it. What needs a running server is in other files.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { tickwire as start } from '../support/program.ts'

interface Outcome {
  code: number | null
  out: string
  err: string
}

/** Runs `tickwire ARGS...` to its end, with only these TICKWIRE_* variables. */
async function tickwire(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const program = start(args, env)
  const code = await program.ended()
  return { code, out: program.stdout, err: program.stderr }
}

describe('help', () => {
  test('--version is one line', async () => {
    expect(await tickwire(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  test.each([[['--help']], [['-h']], [['help']]])('%j lists the commands', async (args) => {
    const { code, out, err } = await tickwire(args)
    expect([code, err]).toEqual([0, ''])
    for (const name of ['serve', 'publish', 'tail', 'check-config', 'size']) {
      expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    }
  })

  test('without a command the list goes to stderr, for a script got it wrong', async () => {
    const { code, out, err } = await tickwire([])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('usage: tickwire COMMAND')
  })

  test.each(['serve', 'publish', 'tail', 'check-config', 'size'])(
    'of %s, both ways',
    async (name) => {
      const [before, after] = await Promise.all([
        tickwire(['help', name]),
        tickwire([name, '--help']),
      ])
      expect(before).toEqual(after)
      expect(before).toMatchObject({ code: 0, err: '' })
      expect(before.out).toContain(name)
    },
  )
})

describe('a wrong command line', () => {
  test.each([
    { args: ['serv'], says: "unknown command 'serv' (did you mean serve?)" },
    { args: ['help', 'tial'], says: "unknown command 'tial' (did you mean tail?)" },
    { args: ['toString'], says: "unknown command 'toString'" },
    { args: ['--verison'], says: 'unknown option --verison (did you mean --version?)' },
    { args: ['serve', '--port', '1'], says: 'unknown option --port' },
    { args: ['serve', 'now'], says: "unexpected argument 'now'" },
    { args: ['check-config', 'file'], says: "unexpected argument 'file'" },
    { args: ['tail'], says: 'name at least one TOPIC' },
    { args: ['tail', 'a:b', '--dialekt', 'json'], says: '(did you mean --dialect?)' },
    { args: ['tail', 'a:b', '--dialect', 'msgpak'], says: '(did you mean msgpack?)' },
    { args: ['tail', 'a:b', '--mode', 'some'], says: '--mode must be one of full, delta' },
    { args: ['tail', 'a:b', '--interval', '-1'], says: '--interval' },
    { args: ['tail', 'a:b', '--interval', '60001'], says: 'from 0 to 60000' },
    { args: ['tail', 'a:b', '--count', '0'], says: '--count must be a whole number from 1' },
    { args: ['tail', 'a:b', '--url', 'http://x'], says: '--url must be a ws:// or wss:// URL' },
    { args: ['tail', 'a:b', '--table', '--all'], says: 'neither --count nor --all' },
    { args: ['tail', 'a:b', '--table'], says: '--table needs a terminal' },
    { args: ['tail', 'x'.repeat(200)], says: 'at most 160 characters' },
    { args: ['publish'], says: 'publish --help' },
    { args: ['publish', '--nonsense'], says: '--nonsense' },
    { args: ['size'], says: 'how many clients? --clients N' },
    { args: ['size', '50000'], says: "unexpected argument '50000'" },
    { args: ['size', '--clients', '0'], says: '--clients must be a whole number from 1' },
    {
      args: ['size', '--clients', '1', '--use', '100'],
      says: '--use must be a whole number from 10',
    },
    { args: ['size', '--client', '1'], says: '(did you mean --clients?)' },
    { args: ['size', '--clients', '1', '--topics', '9', '--of', '8'], says: 'not be above --of' },
  ])('$args: $says', async ({ args, says }) => {
    const { code, out, err } = await tickwire(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
    expect(err).toMatch(/see: tickwire .*--help\n$/)
    expect(err).not.toContain('    at ') // no stack
  })
})

describe('settings', () => {
  test('check-config prints what is in effect', async () => {
    const env = { TICKWIRE_PORT: '8000', TICKWIRE_REDIS_URL: 'redis://:hunter2@db' }
    const { code, out, err } = await tickwire(['check-config'], env)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('TICKWIRE_PORT=8000\n')
    expect(out).toContain('TICKWIRE_REDIS_URL=redis://:***@db\n')
  })

  test.each(['check-config', 'serve'])('%s tells every problem', async (command) => {
    const env = { TICKWIRE_PORT: 'x', TICKWIRE_PROT: '1' }
    const { code, out, err } = await tickwire([command], env)
    expect([code, out]).toEqual([1, ''])
    expect(err.trimEnd().split('\n')).toHaveLength(2)
    expect(err).toContain('TICKWIRE_PORT must be')
    expect(err).toContain('did you mean TICKWIRE_PORT?')
  })
})

describe('size', () => {
  test('says what clients take, as a table', async () => {
    const args = ['--clients', '50000', '--topics', '20', '--rate', '2000', '--interval', '250']
    const { code, out, err } = await tickwire(['size', ...args])
    expect([code, err]).toEqual([0, ''])
    const [head, ...rows] = out.trimEnd().split('\n')
    expect(head).toContain('50000 clients of 20 of 500 topics, 2000 updates/s')
    expect(rows.slice(0, -1).map((row) => row.split(/ {2,}/))).toEqual([
      ['a client reads', expect.stringMatching(/ in 4 frames\/s, [\d.]+ kB\/s$/)],
      ['CPU', expect.stringMatching(/^[\d.]+ cores of work$/)],
      ['processes', expect.stringMatching(/^\d+, one of them to spare/)],
      ['a process', expect.stringMatching(/^\d+ clients, \d+ MB/)],
      ['bandwidth', expect.stringMatching(/^\d+ MB\/s to all clients$/)],
      ['files', expect.stringMatching(/^\d+ a process/)],
    ])
    expect(rows.at(-1)).toContain('docs/sizing.md')
  })

  test('what one core cannot take in has no size', async () => {
    const { code, out, err } = await tickwire(['size', '--clients', '1', '--rate', '1000000'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('one core cannot take in so many updates')
  })
})

describe('tail without a server', () => {
  /** A port on which connections meet `answer`. */
  async function listen(answer: string): Promise<{ url: string; close: () => void }> {
    const server = createServer((socket) => socket.on('error', () => {}).end(answer))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address() as { port: number } // it listens on a port
    return { url: `ws://127.0.0.1:${address.port}/ws`, close: () => server.close() }
  }

  test('nothing listens', async () => {
    const { url, close } = await listen('')
    close()
    const { code, out, err } = await tickwire(['tail', '--url', url, 'ticker:*'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(`tickwire: nothing listens at ${url} (connection refused)\n`)
  })

  test('the handshake is refused', async () => {
    const body = '{"name":"server_full"}'
    const head = `HTTP/1.1 503 Service Unavailable\r\ncontent-length: ${body.length}\r\n\r\n`
    const { url, close } = await listen(head + body)
    const { code, err } = await tickwire(['tail', '--url', url, 'ticker:*'])
    close()
    expect(code).toBe(1)
    expect(err).toBe(`tickwire: ${url} refused the connection: HTTP 503 ${body}\n`)
  })
})
