/**
 * docs/protocol.md says what the code does, and leaves nothing out.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fill, printProtocolDocs } from '../../../scripts/protocol-docs.ts'
import { SETTINGS } from '../../../src/config/settings.ts'
import { closeCodeOf, FAULT_NAMES, FAULTS } from '../../../src/protocol/faults.ts'
import type { Message } from '../../../src/protocol/messages.ts'
import { METHODS, parseRequest } from '../../../src/protocol/requests.ts'
import { LIMITS_SAMPLE, MESSAGE_SAMPLES, REQUEST_SAMPLES } from '../../../src/protocol/samples.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')

/** A new type of message does not compile before it is named here. */
const TYPES: Record<Message['type'], true> = {
  ...{ hello: true, result: true, full: true, delta: true, status: true },
  ...{ heartbeat: true, probe: true, pong: true, auth_expiring: true, error: true, goaway: true },
}

test('docs/protocol.md is up to date (npm run docs)', () => {
  expect(page).toBe(printProtocolDocs())
})

test.each(Object.keys(TYPES))('there is a sample of %s, and a section', (type) => {
  expect(MESSAGE_SAMPLES.filter(({ message }) => message.type === type)).not.toEqual([])
  expect(page).toContain(`\n### ${type}\n`)
})

test.each(METHODS)('there is a sample of %s, and a section', (method) => {
  expect(REQUEST_SAMPLES.filter(({ request }) => request.method === method)).not.toEqual([])
  expect(page).toContain(`\n### ${method}\n`)
})

test.each(MESSAGE_SAMPLES)('the page has the frame of: $says', ({ says, message }) => {
  expect(page).toContain(`${says}\n\n\`\`\`json\n${JSON.stringify([message])}\n`)
})

test.each(REQUEST_SAMPLES)('the page has a request that is taken: $says', ({ says, request }) => {
  expect(page).toContain(`${says}\n\n\`\`\`json\n${JSON.stringify(request)}\n`)
  expect(parseRequest(request)).toMatchObject({
    id: request.id ?? null,
    ...request.params,
  })
})

test.each(FAULT_NAMES)('the page has the fault %s', (name) => {
  const { code, says } = FAULTS[name]
  const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` | ${code} |`))
  expect(row).toContain(`| ${says} |`)
  expect(row).toContain(`| ${closeCodeOf(name) ?? ''} |`)
})

test('the limits of the sample are the defaults', () => {
  expect(LIMITS_SAMPLE).toEqual({
    subscriptions: SETTINGS.maxSubscriptions.fallback,
    requestBytes: SETTINGS.requestBytesMax.fallback,
    requestsPerS: SETTINGS.requestsPerS.fallback,
    requestsBurst: SETTINGS.requestsBurst.fallback,
    requestBytesPerS: SETTINGS.requestBytesPerS.fallback,
    authTimeoutMs: SETTINGS.authTimeoutMs.fallback,
  })
})

test.each(['{{nothing}}', '{{messages nothing}}', '{{http nothing}}', '{{constructor}}'])(
  'a place that nothing fills is found: %s',
  (place) => {
    expect(() => fill(`text ${place} text`)).toThrow(place)
  },
)
