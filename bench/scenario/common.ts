/**
 * What scenarios share: values that most of them have, the servers to compare with, groups of ordinary clients.
 */
import { suggestion } from '../../src/config/nearest.ts'
import {
  type Group,
  type Plan,
  type Scenario,
  SERVER_NAMES,
  type ServerName,
  type Side,
  type Values,
} from './scenario.ts'

/** Of every scenario that is measured in rounds, and what they are in a smoke run. */
export const TIMES = { rounds: 5, roundS: 6, warmUpS: 5, exactS: 5 }
export const SMOKE_TIMES = { rounds: 2, roundS: 1, warmUpS: 1, exactS: 10 }

/** Of scenarios that ask what an update costs and how old it is. */
export const DELIVERY = [
  'cpuUsPerUpdate',
  'cpuPercent',
  'updatesPerS',
  'deliveredPart',
  'supersededPerS',
  'updatesPerFrame',
  'bytesPerUpdate',
  'ageMsP50',
  'ageMsP90',
  'ageMsP99',
  'ageMsP999',
  'ageMsMax',
  'rssMiB',
  'rssSlopeKiBPerS',
  'utilization',
  'gcMsPerS',
] as const

/** Shown of every run: a figure without them says nothing. */
export const PROOF = ['exactPart', 'disorders', 'disconnected'] as const

export const TICKWIRE: Side = { name: 'tickwire', server: 'tickwire' }

type Kinds<V extends Values> = { readonly [K in keyof V]: V[K] extends number ? number : string }

/** A scenario whose plan knows the names and kinds of its values. */
export function scenario<V extends Values>(
  parts: Omit<Scenario, 'values' | 'smoke' | 'plan'> & {
    readonly values: V
    readonly smoke: Partial<Kinds<V>>
    plan(values: Kinds<V>): Plan
  },
): Scenario {
  // The command line sets none but these, each to its own kind.
  return {
    ...parts,
    smoke: parts.smoke as Values,
    plan: (values) => parts.plan(values as Kinds<V>),
  }
}

/** Clients that read at once, each with its own share of the topics. */
export function clients(count: number, topicsEach: number, more: Partial<Group> = {}): Group {
  return { name: 'clients', clients: count, topicsEach, bytesPerS: null, ...more }
}

/** A side for each control in a list such as `raw-uws,ws`; none for `none`. Throws on unknown ones. */
export function controls(list: string): Side[] {
  const names = list.split(',').map((name) => name.trim())
  return names
    .filter((name) => name !== 'none' && name !== '')
    .map((name) => ({ name, server: controlOf(name) }))
}

function controlOf(name: string): ServerName {
  const known = SERVER_NAMES.filter((server) => server !== 'tickwire')
  const found = known.find((server) => server === name)
  if (found !== undefined) return found
  const choice = [...known, 'none'].join(', ')
  throw new Error(`controls takes ${choice}, not '${name}'${suggestion(name, known)}`)
}
