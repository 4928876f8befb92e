/**
 * The json dialect keeps the Dialect contract.
 */
import { jsonDialect } from '../../src/protocol/json.ts'
import { dialectContract } from './dialect.ts'

dialectContract({
  dialect: jsonDialect,
  read: (bytes) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
  write: (value) => Buffer.from(JSON.stringify(value)),
  deep: Buffer.alloc(1024 * 1024, '['),
})
