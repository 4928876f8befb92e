/**
 * Addresses: where a client is, as the socket, a trusted proxy or a balancer tells; and as what it is counted.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js'
import { isIP, isIPv4, SocketAddress } from 'node:net'
import type { TransportCounters } from './counters.ts'
import { headersOf } from './headers.ts'

export interface AddressSettings {
  /** 0: X-Forwarded-For is not believed. */
  readonly trustedHops: number
  readonly proxyProtocol: boolean
}

const MAPPED = /^::ffff:([\d.]+)$/
/** Some proxies add the port. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/
/** Groups of 16 bits: an IPv6 address has 8, and the first 4 are its network's. */
const GROUPS = 8
const NETWORK_GROUPS = 4

/** The address in its shortest form, IPv4 that is mapped into IPv6 as IPv4; null for what is none. */
export function readAddress(text: string): string | null {
  const [, bracketed, dotted] = WITH_PORT.exec(text.trim()) ?? []
  const bare = bracketed ?? dotted ?? text.trim()
  const family = isIP(bare)
  if (family === 0) return null
  if (family === 4) return bare
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  return MAPPED.exec(address)?.[1] ?? address
}

/** What limits count an address as: IPv6 by its first 64 bits, for whoever has one has all of these. */
export function limitKey(address: string): string {
  if (isIPv4(address) || address === '') return address
  const [head = '', tail = ''] = address.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const gap = Math.max(0, GROUPS - first.length - last.length)
  const groups = [...first, ...Array<string>(gap).fill('0'), ...last]
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/**
 * The address that the outermost of `hops` proxies saw: so many from the right of an X-Forwarded-For. What stands
 * further left is the client's own say. null where there are fewer, or it is no address.
 */
export function forwardedAddress(header: string, hops: number): string | null {
  const entry = header.split(',').at(-hops)
  return entry === undefined ? null : readAddress(entry)
}

export class Addresses {
  private readonly settings: AddressSettings
  private readonly counters: TransportCounters

  constructor(settings: AddressSettings, counters: TransportCounters) {
    this.settings = settings
    this.counters = counters
  }

  /**
   * Of the client, as far as it is told; else of the socket, which is counted: a health check, or somebody who found a
   * way around the proxy. '' for a socket that has none.
   */
  of(res: HttpResponse, req: HttpRequest): string {
    const { trustedHops, proxyProtocol } = this.settings
    if (trustedHops > 0) {
      // Proxies add to the header, or add another one.
      const told = headersOf(req, 'x-forwarded-for').join(',')
      return forwardedAddress(told, trustedHops) ?? this.unknown(res, told === '')
    }
    if (proxyProtocol) {
      const told = textOf(res.getProxiedRemoteAddressAsText())
      return readAddress(told) ?? this.unknown(res, told === '')
    }
    return socketAddress(res)
  }

  private unknown(res: HttpResponse, isMissing: boolean): string {
    this.counters.unknownAddresses[isMissing ? 'missing' : 'bad']++
    return socketAddress(res)
  }
}

function socketAddress(res: HttpResponse): string {
  return readAddress(textOf(res.getRemoteAddressAsText())) ?? ''
}

function textOf(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString()
}
