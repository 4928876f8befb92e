/**
 * Build: compiles src and bundles the live page once for a test run, so that tests can start the real program as
 * processes of their own. Beside `dist` lies package.json, as in an installed package; node_modules is found further up.
 * Types are checked by `npm run check` alone: here, what can be emitted is.
 * Next:  program.ts
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of this run's build: dist/ and package.json. */
    build: string
  }
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDERS = `${ROOT}.tmp/`
const PREFIX = 'build-'

/** What vitest calls before the first test file; the function it returns runs after the last. */
export default async function build(project: TestProject): Promise<() => Promise<void>> {
  const folder = `${FOLDERS}${PREFIX}${process.pid}`
  await mkdir(folder, { recursive: true })
  await removeLeftOvers()
  await copyFile(`${ROOT}package.json`, `${folder}/package.json`)
  const [server, page] = await Promise.all([
    run('tsc', ['-p', 'tsconfig.build.json', '--outDir', `${folder}/dist`]),
    run('vite', ['build', '--outDir', `${folder}/dist/demo`]),
  ])
  if (!existsSync(`${folder}/dist/main.js`)) throw new Error(`src does not build:\n${server}`)
  if (!existsSync(`${folder}/dist/demo/files.json`)) throw new Error(`no live page:\n${page}`)
  project.provide('build', folder)
  return () => rm(folder, { recursive: true, force: true })
}

/** What the command says, however it ends. */
function run(command: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(`${ROOT}node_modules/.bin/${command}`, args, { cwd: ROOT }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string; message: string }) =>
      error.stdout || error.stderr || error.message,
  )
}

/** A run that was killed could not remove its build. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(FOLDERS)) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : Number.NaN)
    if (Number.isInteger(pid) && !existsSync(`/proc/${pid}`)) {
      await rm(`${FOLDERS}${name}`, { recursive: true, force: true })
    }
  }
}
