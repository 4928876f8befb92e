/** The source that tests drive by hand keeps the contract of a source: a fake that lies proves nothing. */
import { ManualSource } from '../support/manual-source.ts'
import { sourceContract } from './source.ts'

const UPDATE_INTERVAL_MS = 1

sourceContract('the manual source', async () => {
  const sources: ManualSource[] = []
  const timer = setInterval(() => {
    for (const source of sources) source.update('ticker:A', { bid: '1', live: true })
  }, UPDATE_INTERVAL_MS)
  return {
    make: () => {
      const source = new ManualSource()
      sources.push(source)
      return source
    },
    dispose: async () => clearInterval(timer),
  }
})
