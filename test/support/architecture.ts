/**
 * Architecture: who may import what, and what may not stand where, as tables; and the function that holds a file
 * against them. test/unit/tidy.test.ts runs it over the repository.
 */
import { posix } from 'node:path'

/** Rooms -> the rooms below them. `server.ts` and `index.ts` are rooms of one file. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  market: [],
  protocol: ['market'],
  access: ['market', 'protocol'],
  fanout: ['market', 'protocol'],
  session: ['market', 'protocol', 'access', 'fanout'],
  transport: ['market', 'protocol', 'access', 'fanout', 'session'],
  ingest: ['market'],
  config: [],
  ops: ['market', 'fanout'],
  client: ['protocol'],
  demo: ['client'],
  workers: ['config', 'session', 'transport', 'ops'],
  cli: ['config', 'ingest', 'protocol', 'market', 'ops', 'client'],
  'server.ts': [
    ...['market', 'protocol', 'access', 'fanout', 'session'],
    ...['transport', 'ingest', 'config', 'ops'],
  ],
  'index.ts': ['server.ts', 'config'],
  'main.ts': ['cli'],
}

/** Beyond that, by `import type` alone. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  ops: ['protocol', 'access', 'session', 'ingest', 'transport'],
  workers: ['fanout'],
  'index.ts': Object.keys(MAY_IMPORT),
}

/** What one file may import and its room may not. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'src/cli/serve.ts': ['server.ts', 'workers'],
}

/** Packages -> the only rooms that know them. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  'uWebSockets.js': ['transport'],
  ioredis: ['ingest'],
  jose: ['access'],
  pino: ['ops'],
  'prom-client': ['ops'],
  ws: ['cli'],
  msgpackr: ['ingest', 'protocol'],
  'msgpackr/unpack': ['client'],
  'msgpackr/unpack-no-eval': ['client'],
  'fastest-levenshtein': ['config'],
  uplot: ['demo'],
  'lightweight-charts': ['demo'],
}

const PURE_ROOMS = ['market', 'protocol', 'fanout']
const PURE_MODULES = ['node:buffer']
const LINES_MAX = 250

interface Ban {
  readonly token: RegExp
  readonly instead: string
  /** Whether it holds for the room ('' outside src). */
  readonly holds: (room: string) => boolean
}

const isPure = (room: string) => PURE_ROOMS.includes(room)
const isProcess = (room: string) => room === 'main.ts' || room === 'cli'
const inSource = (room: string) => room !== ''

const BANS: readonly Ban[] = [
  {
    token: /\b(Date\.now|new Date|performance)\b/,
    instead: 'a time that is passed in',
    holds: isPure,
  },
  {
    token: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
    instead: 'a scheduler that is passed in',
    holds: isPure,
  },
  { token: /\bprocess\./, instead: 'what is passed in', holds: isPure },
  {
    token: /\bMath\.random\b/,
    instead: 'a random source that is passed in',
    holds: isPure,
  },
  {
    token: /\bprocess\.env\b/,
    instead: 'the settings: only main.ts and cli read the environment',
    holds: (room) => inSource(room) && !isProcess(room),
  },
  {
    token: /\bconsole\./,
    instead: 'the log: only main.ts and cli print',
    holds: (room) => inSource(room) && !isProcess(room),
  },
  { token: /[:<|&,(=[]\s*any\b|\bas any\b/, instead: 'unknown and a check', holds: () => true },
]

export interface SourceFile {
  /** Path below the repository's root, such as `src/market/market.ts`. */
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly from: string
  readonly isType: boolean
}

/** `market` for src/market/feed.ts, `main.ts` for src/main.ts, '' for what lies outside src. */
export function roomOf(path: string): string {
  return path.startsWith('src/') ? path.split('/')[1]! : ''
}

export function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const statement = /^\s*(?:import|export)\s+(type\s)?(?:[\w*{][^'";]*?from\s*)?'([^']+)'/gm
  const call = /\bimport\(\s*'([^']+)'/g
  return [
    ...Array.from(code.matchAll(statement), ([, type, from]) => ({
      from: from!,
      isType: type !== undefined,
    })),
    ...Array.from(code.matchAll(call), ([, from]) => ({ from: from!, isType: false })),
  ]
}

/** The path below the root that a relative import leads to; null for a package. */
export function resolve(path: string, from: string): string | null {
  return from.startsWith('.') ? posix.join(posix.dirname(path), from) : null
}

/** Everything that is wrong with a file, one sentence each. */
export function complaintsAbout(file: SourceFile): string[] {
  const room = roomOf(file.path)
  const complaints = room === '' ? [] : importsOf(file.text).flatMap((it) => stray(file.path, it))
  const code = withoutTexts(withoutComments(file.text)).split('\n')
  for (const { token, instead, holds } of BANS) {
    if (!holds(room)) continue
    const line = code.findIndex((text) => token.test(text))
    if (line !== -1)
      complaints.push(`line ${line + 1}: ${token.exec(code[line]!)![0]}; use ${instead}`)
  }
  const count = file.text.trimEnd().split('\n').length
  if (count > LINES_MAX) complaints.push(`${count} lines, more than ${LINES_MAX}: divide it`)
  if (!/^(#!.*\n)?\/\*\*/.test(file.text)) complaints.push('no header comment that says what it is')
  const leftover = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')).exec(file.text)
  if (leftover !== null) complaints.push(`${leftover[0]}: do it, or open an issue`)
  return complaints
}

function stray(path: string, { from, isType }: Import): string[] {
  const room = roomOf(path)
  const target = resolve(path, from)
  if (target === null) return strayPackage(room, from)
  const other = roomOf(target)
  const allowed = [room, ...(MAY_IMPORT[room] ?? []), ...(EXCEPTIONS[path] ?? [])]
  if (isType) allowed.push(...(MAY_IMPORT_TYPES[room] ?? []))
  return allowed.includes(other) ? [] : [`${room} must not import ${other || from} (${from})`]
}

function strayPackage(room: string, from: string): string[] {
  if (from.startsWith('node:')) {
    const isAllowed = !isPure(room) || PURE_MODULES.includes(from)
    return isAllowed ? [] : [`${room} is pure and must not import ${from}`]
  }
  const rooms = ONLY_IN[from]
  if (rooms === undefined) return [`${from} is in no line of ONLY_IN`]
  return rooms.includes(room) ? [] : [`${room} must not import ${from}: only ${rooms.join(', ')}`]
}

/** The code with comments blanked and line numbers kept. */
function withoutComments(text: string): string {
  const parts = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|(?<!\\)\/\/.*$/gm
  return text.replace(parts, (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part))
}

function withoutTexts(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")
}
