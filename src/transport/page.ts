/**
 * Page: the live page's files, from memory. Only what the build lists is served, each under a route of its own, so no
 * path of a request ever reaches the file system.
 */

import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { TransportCounters } from './counters.ts'
import { accepts, isKnown, securityOf } from './page-headers.ts'
import { begin, type Headers } from './respond.ts'

/** Beside the compiled server; a source tree has no page, only what one is built from. */
export const PAGE_FOLDER = new URL('../demo/', import.meta.url)

const LIST = 'files.json'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}
/** Their names hold a hash of their content: another content has another name. */
const HASHED = 'assets/'
const FOR_EVER = 'public, max-age=31536000, immutable'
const ASK_EACH_TIME = 'no-cache'
const INDEX = 'index.html'

/** Best first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const

interface Form {
  /** Content-Encoding; empty for the bytes as they are. */
  readonly encoding: string
  readonly bytes: Buffer
  readonly etag: string
}

export interface PageFile {
  /** Below /; empty for the page itself. */
  readonly path: string
  readonly headers: Headers
  readonly plain: Form
  /** Best first. */
  readonly compressed: readonly Form[]
}

/** Reads the page that the build put into the folder; null where it put none. */
export function readPage(folder: URL): PageFile[] | null {
  const list = new URL(LIST, folder)
  if (!existsSync(list)) return null
  const paths = JSON.parse(readFileSync(list, 'utf8')) as string[] // written by the same build
  return paths.map((path) => {
    const form = (encoding: string, suffix: string): Form => {
      const bytes = readFileSync(new URL(path + suffix, folder))
      const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
      return { encoding, bytes, etag: `"${hash}"` }
    }
    return {
      path: path === INDEX ? '' : path,
      headers: {
        'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
        'Cache-Control': path.startsWith(HASHED) ? FOR_EVER : ASK_EACH_TIME,
        Vary: 'Accept-Encoding',
      },
      plain: form('', ''),
      compressed: ENCODINGS.map(({ name, suffix }) => form(name, suffix)),
    }
  })
}

/** Serves the page at / and its files beside it, to GET and HEAD. */
export function servePage(
  app: TemplatedApp,
  files: readonly PageFile[],
  counters: TransportCounters,
): void {
  for (const file of files) {
    app.get(`/${file.path}`, (res, req) => send(res, req, file, counters, true))
    app.head(`/${file.path}`, (res, req) => send(res, req, file, counters, false))
  }
}

function send(
  res: HttpResponse,
  req: HttpRequest,
  file: PageFile,
  counters: TransportCounters,
  hasBody: boolean,
): void {
  const accepted = req.getHeader('accept-encoding')
  const form = file.compressed.find(({ encoding }) => accepts(accepted, encoding)) ?? file.plain
  const isUnchanged = isKnown(req.getHeader('if-none-match'), form.etag)
  const { 'Content-Type': type = '', ...headers } = file.headers
  const all = { ...headers, ETag: form.etag, ...securityOf(req.getHeader('host')) }
  res.cork(() => {
    begin(res, counters, isUnchanged ? 304 : 200, all)
    if (isUnchanged) return void res.endWithoutBody()
    res.writeHeader('Content-Type', type)
    if (form.encoding !== '') res.writeHeader('Content-Encoding', form.encoding)
    if (hasBody) return void res.end(form.bytes)
    // Given the length, the pinned build's endWithoutBody does nothing, and the process ends itself for want of an answer.
    res.writeHeader('Content-Length', String(form.bytes.length))
    res.endWithoutBody()
  })
}
