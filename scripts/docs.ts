/**
 * Docs: writes the pages, and what else is generated from the code (npm run docs). test/unit/config/docs.test.ts fails
 * when one of them is stale. To add a page, add a line to PAGES.
 */
import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { printDocs } from '../src/config/print.ts'
import { benchmarksPages } from './benchmarks-docs.ts'
import { printDashboard } from './dashboard.ts'
import { printProtocolDocs } from './protocol-docs.ts'
import { printSizingDocs } from './sizing-docs.ts'

/** Path of the page below the repository's root -> its text. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': printDocs,
  'docs/protocol.md': printProtocolDocs,
  'docs/sizing.md': printSizingDocs,
  'k8s/components/monitoring/dashboard.json': printDashboard,
  ...benchmarksPages(),
}

const ROOT = new URL('../', import.meta.url)

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, print] of Object.entries(PAGES)) {
    await writeFile(new URL(path, ROOT), print())
    console.log(`wrote ${path}`)
  }
}
