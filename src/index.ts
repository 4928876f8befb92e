/**
 * The public surface, for embedding: `const server = createServer(config); await server.start()`.
 */
export { loadConfig } from './config/load.ts'
export type { Config } from './config/settings.ts'
export type { Source, SourceName, SourceSink } from './ingest/source.ts'
export { createServer, type Server, type ServerOptions } from './server.ts'
