/**
 * `tail --table` in a terminal: it draws, goes on when the server comes back, and leaves the terminal as it was.
 * Method: script(1) of util-linux, which is on every Debian, gives the command a terminal of its own.
 */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Program } from '../support/program.ts'
import { freePort } from '../support/redis.ts'
import { startServer } from '../support/server.ts'

const ENTER = '\x1b[?1049h'
const LEAVE = '\x1b[?1049l'
const SHOW_CURSOR = '\x1b[?25h'

function table(url: string, topic: string): Program {
  const command = `stty cols 100 rows 10; exec ${process.execPath} dist/main.js tail --table`
  const program = new Program([
    'script',
    '-qec',
    `${command} --url ${url}/ws ${topic}`,
    '/dev/null',
  ])
  onTestFinished(() => program.stop())
  return program
}

/** What the last drawing shows. */
function screen({ stdout }: Program): string {
  return stdout.slice(stdout.lastIndexOf('\x1b[H'))
}

test('shows last values, follows the server, and ends with the terminal restored', async () => {
  const env = { TICKWIRE_PORT: `${await freePort()}` }
  const server = await startServer(env)
  onTestFinished(server.stop)
  const program = table(server.url, 't:*')
  server.source.update('t:BTC', { bid: '58721.2' })
  await eventually(() => expect(screen(program)).toMatch(/t:BTC +[\d.]+ m?s +0 +58721\.2/))
  expect(screen(program)).toContain('open | live')
  expect(program.stdout).toContain(ENTER)
  await server.stop()
  await eventually(() => expect(screen(program)).toContain('reconnecting | stale'))
  expect(screen(program)).toContain('58721.2')
  const next = await startServer(env)
  onTestFinished(next.stop)
  next.source.update('t:ETH', { bid: '7' })
  await eventually(() => expect(screen(program)).toMatch(/t:ETH .* 7/), { timeoutMs: 15_000 })
  expect(screen(program)).not.toContain('t:BTC')
  // Ctrl-C.
  program.type('\x03')
  expect(await program.ended()).toBe(0)
  expect(program.stdout.endsWith(`${SHOW_CURSOR}${LEAVE}`)).toBe(true)
}, 40_000)
