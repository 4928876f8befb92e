/**
 * Origins: whose pages may connect. Browsers let any page open a WebSocket to any server, so without this one on the
 * internet could read a server on its visitor's intranet (cross-site WebSocket hijacking). Pure.
 */
import { HOST } from './page-headers.ts'

const ANY = '*'

export class Origins {
  private readonly isAny: boolean
  private readonly allowed: ReadonlySet<string>

  /** `allowed` as the setting has it; empty for pages of the server's own host and port alone. */
  constructor(allowed: readonly string[]) {
    this.isAny = allowed.includes(ANY)
    this.allowed = new Set(allowed.map((origin) => urlOf(origin)?.origin ?? origin))
  }

  /**
   * Whether a page of `origin` may connect; '' where none is named, which no browser does. `hosts` has each Host of the
   * request: with several there is no telling which is meant, so none is.
   */
  allows(origin: string, hosts: () => readonly string[]): boolean {
    if (origin === '' || this.isAny) return true
    const url = urlOf(origin)
    if (url === null) return false
    if (this.allowed.size > 0) return this.allowed.has(url.origin)
    const [host = '', ...more] = hosts()
    // A port that is left out is the scheme's own, which is the page's: behind a proxy nothing else tells.
    const own = HOST.test(host) ? urlOf(`${url.protocol}//${host}`) : null
    return more.length === 0 && own?.host === url.host
  }
}

/** null for what is no origin of a page, such as `null`, which sandboxed pages and files have. */
function urlOf(origin: string): URL | null {
  return /^https?:\/\//i.test(origin) && URL.canParse(origin) ? new URL(origin) : null
}
