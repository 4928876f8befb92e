/**
 * Vite: bundles the live page into dist/demo, where the server finds it. `files.json` lists what may be served; each of
 * those files lies there twice more, compressed.
 * Next:  src/transport/page.ts readPage()
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** At the default of 11 the build takes seconds longer, for a few kB. */
const BROTLI_QUALITY = 9
/** Licences of what is bundled: lies in the package, and is served so that the page can link to it. */
const LICENSES = 'licenses.txt'

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Lists and compresses the files of the page. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    enforce: 'post',
    writeBundle({ dir }, bundle) {
      const paths = Object.keys(bundle).sort()
      for (const path of paths) {
        const output = bundle[path]!
        const bytes = Buffer.from(output.type === 'chunk' ? output.code : output.source)
        const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
        writeFileSync(`${dir}/${path}.br`, brotliCompressSync(bytes, { params }))
        writeFileSync(`${dir}/${path}.gz`, gzipSync(bytes, { level: 9 }))
      }
      writeFileSync(`${dir}/files.json`, `${JSON.stringify(paths, null, 1)}\n`)
    },
  }
}

export default defineConfig({
  root: fromHere('src/demo'),
  // The page may be served below a path, behind a proxy.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: fromHere('dist/demo'),
    emptyOutDir: true,
    target: 'es2023',
    // Neither data: URLs nor inline scripts: the Content-Security-Policy would refuse the latter.
    assetsInlineLimit: 0,
    modulePreload: false,
    license: { fileName: LICENSES },
  },
  plugins: [compressed()],
})
