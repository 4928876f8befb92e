/**
 * Where a request may have its token, and what is refused: each place by itself, several at once, none. No refusal
 * repeats a token.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TOKEN_CHARS_MAX } from '../../../src/protocol/requests.ts'
import { chosenToken, dialectsOffered } from '../../../src/transport/bearer.ts'

const NONE = { authorization: '', offered: '', query: undefined }
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl-_'
const OTHER = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl-_'
const LONGEST = `a.b.${'c'.repeat(TOKEN_CHARS_MAX - 4)}`

test.each([
  { why: 'nothing', places: {}, token: null },
  { why: 'a header', places: { authorization: `Bearer ${JWT}` }, token: JWT },
  { why: 'any case of the scheme', places: { authorization: `bEARER   ${JWT} ` }, token: JWT },
  { why: 'another scheme', places: { authorization: 'Basic YTpi' }, token: null },
  { why: 'a scheme that begins alike', places: { authorization: `Bearers ${JWT}` }, token: null },
  { why: 'a subprotocol', places: { offered: `tickwire.v1.json, bearer.${JWT}` }, token: JWT },
  { why: 'a subprotocol alone', places: { offered: `bearer.${JWT}` }, token: JWT },
  { why: 'other subprotocols', places: { offered: 'chat,tickwire.v1.json' }, token: null },
  { why: 'the query', places: { query: JWT }, token: JWT },
  { why: 'the longest', places: { authorization: `Bearer ${LONGEST}` }, token: LONGEST },
  {
    why: 'the same everywhere',
    places: { authorization: `Bearer ${JWT}`, offered: `bearer.${JWT},bearer.${JWT}`, query: JWT },
    token: JWT,
  },
])('finds the token in $why', ({ places, token }) => {
  expect(chosenToken({ ...NONE, ...places }, true)).toBe(token)
})

test.each([
  { why: 'two in two places', places: { authorization: `Bearer ${JWT}`, query: OTHER } },
  { why: 'two subprotocols', places: { offered: `bearer.${JWT}, bearer.${OTHER}` } },
  { why: 'one and an empty one', places: { authorization: 'Bearer', query: JWT } },
  { why: 'an empty header', places: { authorization: 'Bearer ' } },
  { why: 'an empty subprotocol', places: { offered: 'bearer.' } },
  { why: 'an empty query', places: { query: '' } },
  { why: 'two parts', places: { query: 'a.b' } },
  { why: 'four parts', places: { query: 'a.b.c.d' } },
  { why: 'an empty part', places: { query: 'a..c' } },
  { why: 'what is no base64url', places: { query: 'a.b.c=' } },
  { why: 'two words', places: { authorization: `Bearer ${JWT} x` } },
  { why: 'too many characters', places: { query: `${LONGEST}c` } },
])('refuses $why', ({ places }) => {
  expect(() => chosenToken({ ...NONE, ...places }, true)).toThrow(
    expect.objectContaining({ fault: 'bad_token' }),
  )
})

test.each([JWT, '', 'x'])('refuses ?token= where it is switched off: "%s"', (query) => {
  const refused = expect.objectContaining({
    fault: 'bad_token',
    detail: expect.stringMatching(/query/),
  })
  expect(() => chosenToken({ ...NONE, query }, false)).toThrow(refused)
  expect(() => chosenToken({ ...NONE, query, authorization: `Bearer ${JWT}` }, false)).toThrow(
    refused,
  )
})

test('says what is wrong without repeating any of it', () => {
  const secret = fc.stringMatching(/^[\w.=-]{12,40}$/)
  fc.assert(
    fc.property(secret, secret, fc.boolean(), (one, two, inQuery) => {
      const places = { authorization: `Bearer ${one}`, offered: '', query: two }
      try {
        chosenToken(places, inQuery)
      } catch (error) {
        const { message } = error as Error
        expect(message.includes(one) || message.includes(two)).toBe(false)
      }
    }),
  )
})

test.each([
  { offered: '', rest: '' },
  { offered: 'tickwire.v1.json', rest: 'tickwire.v1.json' },
  { offered: `bearer.${JWT}`, rest: '' },
  { offered: `bearer.${JWT}, tickwire.v1.json`, rest: 'tickwire.v1.json' },
  { offered: `chat,bearer.,tickwire.v1.json , bearer.${JWT}`, rest: 'chat, tickwire.v1.json' },
])('leaves tokens out of what a dialect is chosen from: "$offered"', ({ offered, rest }) => {
  expect(dialectsOffered(offered)).toBe(rest)
})
