/**
 * Micro benches: what one step costs, in one process, by itself. Figures of a shared machine vary by two from run to
 * run: compare within one run, and quote medians. `--smoke` runs each just long enough to show that it works.
 * Usage: npm run bench:micro -- [--smoke] [NAME...]
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Bench } from 'tinybench'
import type { MicroBench } from './bench.ts'
import { delay } from './delay.ts'
import { encode } from './encode.ts'
import { flush } from './flush.ts'
import { ingest } from './ingest.ts'

const BENCHES: readonly MicroBench[] = [ingest, encode, flush, delay]

const { values, positionals } = parseArgs({
  options: { smoke: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(
    `no such bench: ${unknown.join(', ')}; there are ${BENCHES.map((b) => b.name).join(', ')}`,
  )
  process.exit(2)
}

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`)
for (const micro of BENCHES) {
  if (positionals.length > 0 && !positionals.includes(micro.name)) continue
  console.log(`\n${micro.name}: ${micro.asks}`)
  const bench = new Bench({
    time: values.smoke ? 10 : 1_000,
    warmupTime: values.smoke ? 5 : 300,
    throws: true,
  })
  const cases = micro.cases()
  for (const one of cases) bench.add(one.name, one.run)
  await bench.run()
  for (const [i, { result, name }] of bench.tasks.entries()) {
    if (!('latency' in result)) throw new Error(`${name} gave no figures: ${result.state}`)
    const { updates } = cases[i]!
    const nsPer = (ms: number) => ((ms * 1e6) / updates).toFixed(0).padStart(8)
    const { latency } = result
    console.log(`  ${name.padEnd(52)} ${nsPer(latency.p50)} ns (p75 ${nsPer(latency.p75).trim()})`)
  }
}
