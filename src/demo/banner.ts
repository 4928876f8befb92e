/**
 * Banner: whether what is shown is to be believed. The short form is read out at each change; the banner counts on.
 */
import { byId, Label } from './elements.ts'
import { clock, duration } from './format.ts'
import type { Trust, TrustState } from './link.ts'

interface Words {
  /** Beside the dot at the top. */
  readonly short: string
  /** In the banner; null where there is nothing to warn of. */
  readonly long: string | null
}

const WORDS: Readonly<Record<TrustState, Words>> = {
  connecting: { short: 'Connecting', long: null },
  live: { short: 'Live', long: null },
  feed_stale: { short: 'Stale', long: 'Stale: no prices have come from the feed' },
  feed_down: { short: 'Feed down', long: 'The feed is down: last known prices' },
  disconnected: { short: 'Disconnected', long: 'Disconnected from the server: last known prices' },
  catching_up: { short: 'Catching up', long: 'Connected again, catching up' },
  ended: { short: 'Ended', long: 'The server refuses this connection' },
}

export class Banner {
  private readonly banner = byId('banner')
  private readonly state = new Label(byId('state-text'))
  private readonly what = new Label(byId('banner-what'))
  private readonly since = new Label(byId('banner-since'))
  private trust: Trust = { state: 'connecting', since: Date.now(), detail: '' }

  show(trust: Trust): void {
    this.trust = trust
    const { short, long } = WORDS[trust.state]
    // A price that changed while nobody was sure is grey until it is.
    document.documentElement.dataset.state = trust.state
    this.state.show(short)
    this.banner.hidden = long === null
    this.what.show(trust.detail === '' ? (long ?? '') : `${long} (${trust.detail})`)
    document.title = long === null ? 'tickwire' : `${short} - tickwire`
    this.tick()
  }

  /** Counts on; once a second. */
  tick(): void {
    const { since } = this.trust
    this.since.show(`since ${clock(since, false)}, ${duration(Math.max(0, Date.now() - since))}`)
  }
}
