/**
 * Closing line: a vitest reporter whose last line says, alone, how the run went: `tests: 123 passed, 0 failed`. A file
 * that does not load and an error outside of any test count as failures, for they hide tests that were not run.
 */
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'

/** What the line counts. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export default class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const tally: Tally = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) countModule(module, tally)
    if (reason !== 'passed' && tally.failed === 0) tally.failed++
    // Other reporters print their summaries in the same turn, and at the end of the process nothing follows.
    process.once('exit', () => process.stdout.write(`${closingLine(tally)}\n`))
  }
}

export function closingLine({ passed, failed, skipped }: Tally): string {
  const rest = skipped > 0 ? `, ${skipped} skipped` : ''
  return `tests: ${passed} passed, ${failed} failed${rest}`
}

function countModule(module: TestModule, tally: Tally): void {
  const failedBefore = tally.failed
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') tally.passed++
    else if (state === 'failed') tally.failed++
    else tally.skipped++
  }
  // A file that does not load has no tests; a hook that fails leaves none of them failed.
  if (module.state() === 'failed' && tally.failed === failedBefore) tally.failed++
}
