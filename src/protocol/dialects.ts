/**
 * Dialects: the list of them. A new one is a file beside json.ts and a line here.
 */
import type { Dialect } from './dialect.ts'
import { jsonDialect } from './json.ts'
import { msgpackDialect } from './msgpack.ts'

/** Every dialect; a lane knows its own by the position in here. */
export const DIALECTS: readonly Dialect[] = [jsonDialect, msgpackDialect]

/** What a client gets that does not ask. */
export const DEFAULT_DIALECT: Dialect = jsonDialect
