/**
 * HTTP: requests for last values and scrapes of /metrics while prices flow: how fast they are answered, and what that
 * does to the prices. Rounds without requests come first.
 */
import { type Bench, numberOf, type Procedure } from '../stage/bench.ts'
import { quantileFigures } from '../stage/figures.ts'
import { finish } from '../stage/finish.ts'
import { HttpLoad, type HttpLoadOptions } from '../stage/http-load.ts'
import { measure } from '../stage/measure.ts'
import type { SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { measureRounds } from './common.ts'

/** Symbols that are asked for in turns. */
const SYMBOLS = 20

export const http: Procedure = {
  owns: null,

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage) => {
      const rounds = numberOf(bench, 'rounds')
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, rounds, 'calm.'))) return
      for (let round = 1; round <= rounds; round++) {
        bench.progress.phase(`round ${round} of ${rounds}, with HTTP requests`)
        if (!(await measureLoaded(stage))) break
      }
      await finish(stage)
    }),
}

/** A round with requests for every side at once. */
async function measureLoaded(stage: Stage): Promise<boolean> {
  const loads = stage.sides.flatMap((side) => loadsOn(stage, side))
  await Promise.all(loads.map(({ load, options }) => load.start(options)))
  const beganMs = performance.now()
  for (const { load } of loads) load.begin()
  const isWhole = await measure(stage, numberOf(stage.bench, 'roundS'))
  const seconds = (performance.now() - beganMs) / 1_000
  for (const { side, load, prefix } of loads) {
    report(stage.bench, side, load, { seconds, prefix })
    await load.stop()
  }
  return isWhole
}

interface Loaded {
  readonly side: SideOnStage
  readonly load: HttpLoad
  readonly options: HttpLoadOptions
  readonly prefix: string
}

function loadsOn({ bench, topics }: Stage, side: SideOnStage): Loaded[] {
  const { url, admin } = side.server
  const { host } = new URL(url)
  const paths = topics.slice(0, SYMBOLS).map((topic) => `/api/v1/${topic.replace(':', '/')}`)
  const api = { origin: `http://${host}`, paths, perS: numberOf(bench, 'requestsPerS') }
  const loads = [{ side, load: new HttpLoad(), options: api, prefix: '' }]
  if (admin === null) return loads
  const scrapes = { origin: admin, paths: ['/metrics'], perS: numberOf(bench, 'scrapesPerS') }
  return [...loads, { side, load: new HttpLoad(), options: scrapes, prefix: 'metrics.' }]
}

function report(
  { findings }: Bench,
  { side }: SideOnStage,
  load: HttpLoad,
  { seconds, prefix }: { readonly seconds: number; readonly prefix: string },
): void {
  const figures = {
    [`${prefix}requestsPerS`]: load.count / seconds,
    ...quantileFigures(`${prefix}responseMs`, load.histogram),
  }
  findings.of(side).addRound(figures)
  const what = prefix === '' ? 'response of the API' : 'response of /metrics'
  findings.of(side).addHistogram(what, load.histogram)
  if (load.failed > 0) {
    findings.broken.add(`${side.name}: ${load.failed} HTTP requests were not answered with 200`)
  }
}
