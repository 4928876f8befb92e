/**
 * Closing line: a vitest reporter whose last line says, alone, how the run went: `tests: 123 passed, 0 failed`. A file
 * that does not load and an error outside of any test count as failures, for they hide tests that were not run.
 */
import { writeSync } from 'node:fs'
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
    // Other reporters print later in this turn, and at the exit of the process nothing follows any more.
    process.once('exit', () => printNow(`${closingLine(tally)}\n`))
  }
}

export function closingLine({ passed, failed, skipped }: Tally): string {
  const rest = skipped > 0 ? `, ${skipped} skipped` : ''
  return `tests: ${passed} passed, ${failed} failed${rest}`
}

/** Writes past the stream: at exit, what a full pipe does not take at once would be lost. */
function printNow(line: string): void {
  for (;;) {
    try {
      writeSync(process.stdout.fd, line)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

function countModule(module: TestModule, tally: Tally): void {
  const failedBefore = tally.failed
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') tally.passed++
    else if (state === 'failed') tally.failed++
    else tally.skipped++
  }
  tally.failed += module.errors().length
  for (const suite of module.children.allSuites()) tally.failed += suite.errors().length
  // Whatever else makes a file fail must show too.
  if (module.state() === 'failed' && tally.failed === failedBefore) tally.failed++
}
