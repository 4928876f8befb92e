/** The simulator keeps the contract of a source. */
import { SimulatorSource } from '../../src/ingest/simulator.ts'
import { sourceContract } from './source.ts'

sourceContract('the simulator', async () => ({
  make: () => new SimulatorSource({ symbols: 5, ratePerS: 2_000, seed: 1 }),
  dispose: async () => {},
}))
