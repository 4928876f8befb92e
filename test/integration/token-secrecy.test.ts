/**
 * Tokens are in no log: a server process that logs all it can is sent good and bad ones by every way there is.
 */
import { expect, test } from 'vitest'
import { Attempt, type AttemptOptions } from '../support/attempt.ts'
import { serveProcess } from '../support/serve.ts'
import { AUTH_ENV, SECRET, tokenFor } from '../support/tokens.ts'

test('no token, and nothing of one, gets into the output, the metrics or the lanes', async () => {
  const server = await serveProcess({
    ...AUTH_ENV,
    TICKWIRE_LOG_LEVEL: 'trace',
    TICKWIRE_TOKEN_IN_QUERY: 'true',
    TICKWIRE_SIMULATOR_SYMBOLS: '1',
  })
  const claims = { sub: 'Sub-Ject', note: 'No-Te' }
  const good = await tokenFor(['ticker:**'], { claims })
  const bad = await tokenFor(['ticker:**'], { claims, key: Buffer.alloc(32, 'x') })
  const malformed = await tokenFor('Malformed-Claim', { claims })
  const tokens = [good, bad, malformed, `${good.slice(0, -3)}`, 'Not-A-Token']
  try {
    for (const token of tokens) {
      const ways: AttemptOptions[] = [
        { headers: { Authorization: `Bearer ${token}` } },
        { headers: { Authorization: token, Cookie: token } },
        { protocols: ['tickwire.v1.json', `bearer.${token}`] },
        { query: `?token=${token}` },
        { query: `?dialect=${token}` },
        {},
      ]
      for (const way of ways) {
        const attempt = await Attempt.start(server.url, way)
        if (attempt.status === 101) {
          attempt.say(
            { id: token.slice(0, 64), method: 'nothing', params: { token } },
            { id: 1, method: token, params: { token } },
            { id: 1, method: 'auth', params: { token: [token] } },
            { id: 1, method: 'subscribe', params: { topics: [token.slice(0, 100)] } },
            { id: 1, method: 'auth', params: { token } },
          )
        }
        await attempt.settled()
        await attempt.end()
        const headers = way.headers ?? {}
        await (await fetch(`${server.http}/api/v1/ticker${way.query ?? ''}`, { headers })).text()
      }
    }
    const pages = ['/metrics', '/lanes'].map(async (path) =>
      (await fetch(server.admin + path)).text(),
    )
    const told = (await Promise.all(pages)).join('')
    expect(await server.program.terminate()).toBe(0)
    const output = server.program.stdout + server.program.stderr + told
    expect(output).toContain('server started')
    const parts = tokens.flatMap((token) => token.split('.'))
    const words = [SECRET, 'Sub-Ject', 'No-Te', 'Malformed-Claim', ...tokens, ...parts]
    // Each of them, and the beginning of each.
    const found = words.filter((word) => output.includes(word.slice(0, 24)))
    // The header is the same in every token, and says nothing.
    expect(found).toEqual([])
  } finally {
    await server.stop()
  }
})
