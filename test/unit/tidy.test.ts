/**
 * Tidy: goal: the architecture and the house rules are kept without anybody having to watch. Method: each file of the
 * repository is held against the tables of test/support/architecture.ts, and the checker against snippets.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  complaintsAbout,
  importsOf,
  MAY_IMPORT,
  resolve,
  roomOf,
  type SourceFile,
} from '../support/architecture.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What is in the repository, or about to be. */
const FILES: readonly SourceFile[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\0')
  .filter((path) => path !== '' && existsSync(ROOT + path))
  .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }))

const SCRIPTS = FILES.filter(({ path }) => path.endsWith('.ts') && !path.endsWith('.config.ts'))
const SOURCES = SCRIPTS.filter(({ path }) => path.startsWith('src/'))

describe('the repository', () => {
  test.each(SCRIPTS)('$path keeps the rules', (file) => {
    expect(complaintsAbout(file)).toEqual([])
  })

  test('has no room that the table does not know', () => {
    const rooms = new Set(SOURCES.map(({ path }) => roomOf(path)))
    expect([...rooms].filter((room) => MAY_IMPORT[room] === undefined)).toEqual([])
  })

  test('has no file in src that nobody but a test imports', () => {
    const used = new Set(['src/main.ts', 'src/index.ts', 'src/demo/main.ts'])
    for (const { path, text } of SCRIPTS) {
      if (path.startsWith('test/')) continue
      for (const { from } of importsOf(text)) used.add(resolve(path, from) ?? '')
    }
    expect(SOURCES.map(({ path }) => path).filter((path) => !used.has(path))).toEqual([])
  })

  test('names no place of this machine and no registry', () => {
    expect(FILES.flatMap(leaksOf)).toEqual([])
  })
})

/** Where a repository may well be checked out without the folder's name being a secret. */
const COMMON = ['usr', 'etc', 'opt', 'var', 'tmp', 'srv', 'mnt', 'app', 'src', 'data', 'builds']

function leaksOf({ path, text }: SourceFile): string[] {
  const top = ROOT.split(sep)[1]!
  const folders = ['home', 'root', 'Users', ...(COMMON.includes(top) ? [] : [top])]
  const places = new RegExp(`(?<![\\w.:/*~@-])/(${folders.join('|')})/[\\w.-]+`, 'g')
  const registry = /\bregistry\.(?:[\w-]+\.)+[a-z]{2,}|"resolved": *"https?:[^"]*/g
  const configured = process.env.npm_config_registry ?? ''
  const own = URL.canParse(configured) ? new URL(configured).host : ''
  const found = [...text.matchAll(places), ...text.matchAll(registry)].map(([leak]) => leak)
  if (text.includes(ROOT)) found.push(ROOT)
  if (own !== '' && text.includes(own)) found.push(own)
  return [...new Set(found)].map((leak) => `${path}: ${leak}`)
}

describe('the checker', () => {
  const HEADER = '/** A file. */\n'

  test.each<{ why: string; path: string; text: string; says: string | null }>([
    {
      why: 'a room above',
      path: 'src/market/a.ts',
      text: "import { x } from '../fanout/lane.ts'",
      says: 'market must not import fanout',
    },
    {
      why: 'a room above, its types only',
      path: 'src/protocol/a.ts',
      text: "import type { X } from '../session/session.ts'",
      says: 'protocol must not import session',
    },
    {
      why: 'an import over several lines',
      path: 'src/ingest/a.ts',
      text: "import {\n  x,\n  type Y,\n} from '../protocol/json.ts'",
      says: 'ingest must not import protocol',
    },
    {
      why: 'an import at run time',
      path: 'src/cli/tail.ts',
      text: "const s = await import('../server.ts')",
      says: 'cli must not import server.ts',
    },
    {
      why: 'what one file may',
      path: 'src/cli/serve.ts',
      text: "const s = await import('../server.ts')",
      says: null,
    },
    {
      why: 'handing on what may not be imported',
      path: 'src/fanout/a.ts',
      text: "export * from '../transport/outlet.ts'",
      says: 'fanout must not import transport',
    },
    {
      why: 'types for ops',
      path: 'src/ops/a.ts',
      text: "import type { X } from '../fanout/lane.ts'",
      says: null,
    },
    {
      why: 'more than types for ops',
      path: 'src/ops/a.ts',
      text: "import { type X } from '../session/session.ts'",
      says: 'ops must not import session',
    },
    {
      why: 'a package of another room',
      path: 'src/session/a.ts',
      text: "import { App } from 'uWebSockets.js'",
      says: 'session must not import uWebSockets.js: only transport',
    },
    {
      why: 'a package nobody decided on',
      path: 'src/ops/a.ts',
      text: "import x from 'left-pad'",
      says: 'left-pad is in no line',
    },
    {
      why: 'input and output in a pure room',
      path: 'src/fanout/a.ts',
      text: "import { readFileSync } from 'node:fs'",
      says: 'fanout is pure',
    },
    {
      why: 'a clock in a pure room',
      path: 'src/market/a.ts',
      text: 'const now = Date.now()',
      says: 'line 2: Date.now; use a time that is passed in',
    },
    {
      why: 'a timer in a pure room',
      path: 'src/fanout/a.ts',
      text: 'setImmediate(f)',
      says: 'sched',
    },
    { why: 'a clock elsewhere', path: 'src/ops/a.ts', text: 'Date.now()', says: null },
    { why: 'the environment', path: 'src/config/a.ts', text: 'process.env.X', says: 'process.env' },
    { why: 'the environment in cli', path: 'src/cli/a.ts', text: 'process.env.X', says: null },
    { why: 'printing', path: 'src/ingest/a.ts', text: 'console.log(1)', says: 'console.' },
    { why: 'any', path: 'test/a.ts', text: 'let x: any', says: 'any; use unknown' },
    { why: 'any in a list', path: 'src/ops/a.ts', text: 'let x: Map<string, any>', says: 'any' },
    { why: 'the word in a comment', path: 'src/ops/a.ts', text: '// x: any', says: null },
    {
      why: 'the word in a text',
      path: 'src/ops/a.ts',
      text: "f('a, any console.log')",
      says: null,
    },
    {
      why: 'something left over',
      path: 'src/ops/a.ts',
      text: `// ${'TO'}${'DO'} it`,
      says: 'issue',
    },
    { why: 'a long file', path: 'src/ops/a.ts', text: 'x\n'.repeat(250), says: '251 lines' },
  ])('on $why: $says', ({ path, text, says }) => {
    const complaints = complaintsAbout({ path, text: HEADER + text })
    if (says === null) expect(complaints).toEqual([])
    else expect(complaints).toEqual([expect.stringContaining(says)])
  })

  test('on a file without a header', () => {
    expect(complaintsAbout({ path: 'src/ops/a.ts', text: 'x' })).toHaveLength(1)
    expect(complaintsAbout({ path: 'src/main.ts', text: `#!/bin/x\n${HEADER}` })).toEqual([])
  })

  test.each(['see /ho' + 'me/joe/x', 'at (/ro' + 'ot/x)', 'https://registry.' + 'example.org/x'])(
    'on a leak: %s',
    (text) => {
      expect(leaksOf({ path: 'a.md', text })).toHaveLength(1)
      expect(
        leaksOf({ path: 'a.md', text: 'a/home/b ../root/x https://x/home/y /usr/bin/z' }),
      ).toEqual([])
    },
  )
})
