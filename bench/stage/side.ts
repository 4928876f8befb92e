/**
 * Side on stage: a server with its groups of clients, and what both have counted.
 */
import { type ControlUsage, QUESTION } from '../control/usage.ts'
import type { Receivers, Wire } from '../load/receivers.ts'
import type { Group, Side } from '../scenario/scenario.ts'
import type { GroupCount, Reading } from './figures.ts'
import type { Usage } from './program.ts'
import type { Server } from './servers.ts'

export interface GroupOnStage {
  readonly group: Group
  readonly receivers: Receivers
}

export class SideOnStage {
  readonly side: Side
  /** Another one after a restart. */
  server: Server
  readonly groups: readonly GroupOnStage[]
  /** The plan has several groups, whose figures are told apart. */
  readonly isGrouped: boolean
  /** Those that have been told to join. */
  readonly present: GroupOnStage[] = []

  constructor(side: Side, server: Server, groups: readonly GroupOnStage[], isGrouped: boolean) {
    this.side = side
    this.server = server
    this.groups = groups
    this.isGrouped = isGrouped
  }

  /** Resolves when all clients of such groups have their subscriptions. */
  async join(topics: readonly string[], isAsked: (group: Group) => boolean): Promise<void> {
    const { side, server } = this
    const asked = this.groups.filter(({ group }) => isAsked(group))
    this.present.push(...asked)
    const request = { url: server.url, wire: wireOf(side), topics }
    const params = side.params === undefined ? {} : { params: side.params }
    await Promise.all(
      asked.flatMap(({ group, receivers }) => [
        receivers.join({ ...request, group, ...params }),
        receivers.begin(), // how busy they are counts from now on, and not since their process started
      ]),
    )
  }

  /** What clients read from now on counts; resolves with what the server has used so far. */
  async begin(): Promise<Usage | null> {
    const begun = this.present.map(({ receivers }) => receivers.begin())
    const [usage] = await Promise.all([this.server.usage(), ...begun])
    return usage
  }

  count(): Promise<GroupCount[]> {
    return Promise.all(
      this.present.map(async ({ group, receivers }) => {
        return { group, figures: await receivers.report() }
      }),
    )
  }

  /** What the server tells of itself. To be asked outside of what is measured: telling is work as well. */
  async account(): Promise<Pick<Reading, 'metrics' | 'control'>> {
    const { program } = this.server
    const isControl = this.side.server !== 'tickwire'
    const control = isControl && program !== null ? await program.ask(QUESTION) : null
    return { metrics: await this.server.metrics(), control: control as ControlUsage | null } // by answerUsage()
  }
}

/** Raw controls send payloads as they came, which is JSON. */
function wireOf({ server, dialect = 'json' }: Side): Wire {
  return server === 'socket.io' ? 'socket.io' : dialect
}

/** How many clients they have together. */
export function clientsOf(groups: readonly GroupOnStage[]): number {
  return groups.reduce((all, { group }) => all + group.clients, 0)
}
