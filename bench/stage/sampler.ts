/**
 * Sampler: looks at every side twice a second while a run measures, for timelines and the progress line.
 */

import type { GroupSample } from '../load/receivers.ts'
import type { Group } from '../scenario/scenario.ts'
import { prefixOf } from './figures.ts'
import type { Findings } from './findings.ts'
import type { Usage } from './program.ts'
import type { SideOnStage } from './side.ts'

const INTERVAL_MS = 500
const MIB_BYTES = 1024 * 1024

/** The first side's last sample, for people. */
export type Show = (text: string) => void

export class Sampler {
  private readonly sides: readonly SideOnStage[]
  private readonly findings: Findings
  private readonly show: Show
  private readonly beganMs = performance.now()
  /** A side that is on stage once more goes on where it was. */
  private readonly beganS: ReadonlyMap<SideOnStage, number>
  private readonly sampledMs = new Map<SideOnStage, number>()
  private readonly usages = new Map<SideOnStage, Usage & { readonly atMs: number }>()
  private readonly timer: NodeJS.Timeout
  private sampling: Promise<void> | null = null

  constructor(sides: readonly SideOnStage[], findings: Findings, show: Show) {
    this.sides = sides
    this.findings = findings
    this.show = show
    this.beganS = new Map(sides.map((side) => [side, findings.of(side.side).endsS]))
    this.timer = setInterval(() => this.tick(), INTERVAL_MS)
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.sampling
  }

  /** A machine that is too busy for one sample gets no second one on top. */
  private tick(): void {
    this.sampling ??= Promise.all(this.sides.map((side) => this.sample(side)))
      .then(
        () => {},
        () => {},
      ) // whoever has ended is reported by those who need it
      .finally(() => {
        this.sampling = null
      })
  }

  private async sample(side: SideOnStage): Promise<void> {
    const { present } = side
    const samples = await Promise.all(present.map(({ receivers }) => receivers.sample()))
    const usage = side.server.program === null ? null : await side.server.usage()
    const groups = present.map(({ group }) => group)
    this.addClients(side, groups, samples)
    if (usage !== null) this.addUsage(side, usage)
  }

  private addClients(
    side: SideOnStage,
    groups: readonly Group[],
    samples: readonly GroupSample[],
  ): void {
    const nowMs = performance.now()
    const seconds = (nowMs - (this.sampledMs.get(side) ?? this.beganMs)) / 1_000
    this.sampledMs.set(side, nowMs)
    const updatesPerS = samples.reduce((all, { updates }) => all + updates, 0) / seconds
    this.add(side, 'updatesPerS', updatesPerS)
    groups.forEach((group, i) => {
      const prefix = prefixOf(group, side.isGrouped)
      const { ageMsP50, ageMsP99, ageMsMax, connected } = samples[i]!
      this.add(side, `${prefix}ageMsP50`, ageMsP50)
      this.add(side, `${prefix}ageMsP99`, ageMsP99)
      this.add(side, `${prefix}ageMsMax`, ageMsMax)
      this.add(side, `${prefix}connected`, connected)
    })
    if (side !== this.sides[0]) return
    const p99 = samples[0]?.ageMsP99
    const age = p99 === null || p99 === undefined ? '' : `, age p99 ${p99.toFixed(1)} ms`
    this.show(`${side.side.name} ${Math.round(updatesPerS)} updates/s${age}`)
  }

  private addUsage(side: SideOnStage, usage: Usage): void {
    const atMs = performance.now()
    const before = this.usages.get(side)
    this.usages.set(side, { ...usage, atMs })
    this.add(side, 'rssMiB', usage.rssBytes / MIB_BYTES)
    if (before === undefined) return
    this.add(side, 'cpuPercent', (usage.cpuUs - before.cpuUs) / (atMs - before.atMs) / 10)
  }

  private add(on: SideOnStage, name: string, value: number | null): void {
    const atS = this.beganS.get(on)! + (performance.now() - this.beganMs) / 1_000
    this.findings.of(on.side).addPoint(name, [Math.round(atS * 100) / 100, value])
  }
}
