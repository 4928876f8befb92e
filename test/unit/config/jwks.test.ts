/**
 * TICKWIRE_JWKS: goal: keys come by https or from this machine, and a password in the URL, which fetch() refuses with
 * an error that repeats it, gets no further than the settings. Method: tables of values.
 */
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { AUTH_ENV } from '../../support/tokens.ts'

function load(jwks: string) {
  return loadConfig({ ...AUTH_ENV, TICKWIRE_JWT_SECRET: '', TICKWIRE_JWKS: jwks })
}

test.each([
  'https://id.example/.well-known/jwks.json?x=a@b',
  'https://id.example/@keys',
  'http://127.0.0.1:8080/jwks',
  'http://localhost/jwks',
  'http://[::1]:80',
  '/etc/tickwire/jwks.json',
  'keys/a@b.json',
])('%s is taken', (jwks) => {
  expect(load(jwks)).toMatchObject({ config: { jwks } })
})

test.each([
  'https://user:hunter2@id.example/jwks',
  'https://hunter2@id.example',
  'https:///user:hunter2@id.example/jwks',
  'http://id.example/jwks',
  'http://127.0.0.1:hunter2@id.example/jwks',
  'http://localhost:80@id.example/jwks',
  'ftp://user:hunter2@id.example/jwks',
])('%s is refused, and no password is repeated', (jwks) => {
  const loaded = load(jwks)
  const problems = 'problems' in loaded ? loaded.problems : []
  expect(problems).toHaveLength(2) // one that it is, one that there are no keys then
  expect(problems[0]).toMatch(/^TICKWIRE_JWKS must be a path, or a URL without a password/)
  expect(problems.join()).not.toContain('hunter2')
})
