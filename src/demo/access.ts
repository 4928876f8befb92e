/**
 * Access: the page's token: where it comes from, whose it is and until when, and whether prices are late for it.
 * Holds: a token is in no address, title or storage; it goes with the page.
 */
import type { Identity } from '../client/index.ts'
import { byId, Label } from './elements.ts'
import { clock, delay } from './format.ts'

/**
 * The token that the address brings behind `#token=`, which browsers send to nobody; it is taken out of the address bar.
 * null where there is none.
 */
export function tokenOfAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  return token || null
}

export class Access {
  private readonly form = byId('access', HTMLFormElement)
  private readonly input = byId('token', HTMLInputElement)
  private readonly why = new Label(byId('access-why'))
  private readonly identity = byId('identity')
  private readonly who = new Label(this.identity)
  private readonly delayed = byId('delayed')
  private readonly howLate = new Label(this.delayed)

  /** Calls back with each token that somebody brings. */
  constructor(take: (token: string) => void) {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      const token = this.input.value.trim()
      this.input.value = ''
      if (token !== '') take(token)
    })
    addEventListener('hashchange', () => {
      const token = tokenOfAddress()
      if (token !== null) take(token)
    })
  }

  /** Asks for a token, and says why; null: none is wanted. */
  ask(why: string | null): void {
    this.form.hidden = why === null
    this.why.show(why ?? '')
    // Not out of what somebody is at.
    if (why !== null && document.activeElement === document.body) this.input.focus()
  }

  /** Whose token it is; null where nobody's was taken. */
  show(identity: Identity | null): void {
    this.identity.hidden = identity === null
    if (identity === null) return
    const { subject, expiresAt } = identity
    const until = expiresAt === null ? '' : `, until ${clock(expiresAt, false)}`
    this.who.show(`Token of ${subject ?? 'nobody in particular'}${until}`)
  }

  /** Marks what is shown as late; 0: it is not. */
  showDelay(delayedMs: number): void {
    this.delayed.hidden = delayedMs === 0
    this.howLate.show(delayedMs === 0 ? '' : `Delayed ${delay(delayedMs)}`)
  }
}
