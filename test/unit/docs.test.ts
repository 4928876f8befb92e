/**
 * The pages name files that exist: a reader who follows them finds what they say.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const DOCS = readdirSync('docs').filter((name) => name.endsWith('.md'))
const PAGES = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...DOCS.map((name) => `docs/${name}`)]
/** In backticks or as a link: a path of this repository, which begins with one of its folders. */
const PATH =
  /[`(]((?:src|test|bench|scripts|docs|k8s)\/[\w./-]+\.\w+|(?:src|test|bench|docs)\/[\w-]+)[`)]/g
/** Paths within src, as architecture.md names them. */
const WITHIN_SRC =
  /`((?:access|config|ingest|market|protocol|fanout|session|transport|ops|cli)\/[\w-]+\.ts)`/g

test.each(PAGES)('%s names files that exist', (page) => {
  const text = readFileSync(page, 'utf8')
  const named = [...text.matchAll(PATH)].map(([, path]) => path!)
  const within = [...text.matchAll(WITHIN_SRC)].map(([, path]) => `src/${path}`)
  expect([...named, ...within].filter((path) => !existsSync(path))).toEqual([])
})

test('every file of src that the architecture page could mean is looked for', () => {
  const text = readFileSync('docs/architecture.md', 'utf8')
  expect([...text.matchAll(WITHIN_SRC)].length).toBeGreaterThan(10)
})

test('every threat of SECURITY.md names a test, and every fuzz test is named', () => {
  const text = readFileSync('SECURITY.md', 'utf8')
  const [, table] = text.split(/^## Threats$/m)
  const rows = table!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
  expect(rows.length).toBeGreaterThan(20)
  expect(rows.filter((row) => !/`test\/[\w./-]+\.test\.ts`[^|]*\|$/.test(row))).toEqual([])
  const unnamed = readdirSync('test/fuzz').filter((name) => !text.includes(`test/fuzz/${name}`))
  expect(unnamed).toEqual([])
})
