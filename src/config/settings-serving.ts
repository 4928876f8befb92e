/**
 * Settings of the process: where it listens, how it ends, what it says.
 */
import { choice, countOrAuto, flag, integer, PATH, secret, word } from './kinds.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

export const WORKERS_MAX = 64

const HOST = { takes: 'an address or a host name', pattern: /^[\w.:%-]{1,253}$/ }

export const SERVING_SETTINGS = {
  host: word('TICKWIRE_HOST', {
    fallback: '127.0.0.1',
    ...HOST,
    doc: 'The address to listen on for clients; 0.0.0.0: every one.',
  }),
  port: integer('TICKWIRE_PORT', {
    fallback: 9000,
    min: 0,
    max: 65_535,
    doc: 'The port for clients, WebSocket and HTTP; 0: any free one.',
  }),
  adminHost: word('TICKWIRE_ADMIN_HOST', {
    fallback: '127.0.0.1',
    ...HOST,
    doc: 'The address to listen on for health, metrics and lanes. Not for the public.',
  }),
  adminPort: integer('TICKWIRE_ADMIN_PORT', {
    fallback: 9001,
    min: 0,
    max: 65_535,
    doc: 'The port for health, metrics and lanes; 0: any free one.',
  }),
  sharePort: flag('TICKWIRE_SHARE_PORT', {
    fallback: false,
    doc: 'Whether other processes that are set so too may listen on the same port for clients.',
  }),
  workers: countOrAuto('TICKWIRE_WORKERS', {
    fallback: 1,
    max: WORKERS_MAX,
    doc: 'How many processes serve the port for clients, each on a core of its own; auto: as many as there are cores.',
  }),
  tlsCert: word('TICKWIRE_TLS_CERT', {
    fallback: null,
    ...PATH,
    doc: 'The certificate chain (PEM) for clients; with it the port speaks TLS alone. Read again on SIGHUP.',
  }),
  tlsKey: word('TICKWIRE_TLS_KEY', {
    fallback: null,
    ...PATH,
    doc: "The certificate's key (PEM).",
  }),
  drainNoticeMs: integer('TICKWIRE_DRAIN_NOTICE_MS', {
    fallback: 0,
    min: 0,
    max: 300_000,
    doc: 'At SIGTERM: how long new clients are still let in while /readyz says no, for balancers to notice.',
  }),
  drainMs: integer('TICKWIRE_DRAIN_MS', {
    fallback: 5_000,
    min: 0,
    max: 3_600_000,
    doc: 'After that: the time over which the clients are sent away, in random order.',
  }),
  demo: flag('TICKWIRE_DEMO', {
    fallback: true,
    doc: 'Whether the live page is served at / on the port for clients.',
  }),
  profiles: flag('TICKWIRE_PROFILES', {
    fallback: false,
    doc: 'Whether the admin port makes CPU profiles and heap snapshots. A snapshot holds all that is in memory.',
  }),
  profileToken: secret('TICKWIRE_PROFILE_TOKEN', {
    fallback: null,
    takes: 'a text of at least 16 characters without spaces',
    pattern: /^[!-~]{16,512}$/,
    doc: 'Who asks for profiles must send it as a Bearer token. Unset: only callers on this machine may ask.',
  }),
  logLevel: choice('TICKWIRE_LOG_LEVEL', {
    fallback: 'info',
    words: LOG_LEVELS,
    doc: 'The least important events that are logged.',
  }),
}
