/**
 * What a page loads: the client alone, without Node's own modules, without making code of texts, and small.
 */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const GZIP_BYTES_MAX = 20_000

test('the bundle for browsers is small, and needs no Node and no eval', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/client/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
  })
  const { text, contents } = outputFiles[0]!
  const bytes = gzipSync(contents, { level: 9 }).length
  console.log(`bundle: ${contents.length} bytes, ${bytes} gzipped`)
  expect(bytes).toBeLessThan(GZIP_BYTES_MAX)
  expect(text).not.toMatch(/\beval\(|new Function|require\(|\bprocess\.|"node:/)
  const inputs = Object.keys(metafile.inputs)
  const rooms = new Set(inputs.map((path) => path.split('/').slice(0, 2).join('/')))
  expect([...rooms].sort()).toEqual(['node_modules/msgpackr', 'src/client', 'src/protocol'])
})
