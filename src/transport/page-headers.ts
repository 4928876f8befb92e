/**
 * Page headers: what a request for the live page may say, and what its answers say to keep it safe. Pure.
 */
import type { Headers } from './respond.ts'

/** A host name or an address, with or without a port: nothing else of the client's gets into a header of ours. */
export const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * The page loads its own files, talks to its own host, and is in nobody's frame. `'self'` does not cover ws: and wss: in
 * every browser, so the host that the client asked for is named too.
 */
export function securityOf(host: string): Headers {
  const sockets = HOST.test(host) ? ` ws://${host} wss://${host}` : ''
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
  }
}

/** Whether an Accept-Encoding allows an encoding by name. */
export function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((item) => {
    const [name, ...params] = item.split(';').map((part) => part.trim().toLowerCase())
    return name === encoding && !params.some((param) => /^q=0(\.0*)?$/.test(param))
  })
}

/** Whether an If-None-Match names the version of what would be sent. */
export function isKnown(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((item) => item.trim().replace(/^W\//, '') === etag)
}
