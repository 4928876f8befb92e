/**
 * Docs: goal: no generated page lags behind the code it describes.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PAGES } from '../../../scripts/docs.ts'

test.each(Object.entries(PAGES))('%s is up to date (npm run docs)', (path, print) => {
  expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).toBe(print())
})
