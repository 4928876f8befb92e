import { defineConfig } from 'vitest/config'

const BROWSER = ['test/integration/page*.test.ts']
/** Whoever fails has time: a machine that is shared may stand still for seconds. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 60_000 }
/** A browser's start takes most of a core for seconds, and of a busy machine for long. */
const BROWSER_PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    globalSetup: ['./test/support/build.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'server',
          include: ['test/**/*.test.ts'],
          exclude: BROWSER,
          ...PATIENCE,
          // Two cores: most tests wait, but a server, a Redis and twenty clients in one leave no room for many at once.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'browser',
          include: BROWSER,
          ...BROWSER_PATIENCE,
          // Last, and each alone: a browser takes a core of its own, and what it shows is timed.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
