/**
 * Metrics: what tickwire tells of itself, by name and labels as they stand in the text.
 */
export type Metrics = Readonly<Record<string, number | undefined>>

const TIMEOUT_MS = 10_000

/** A scrape of the admin port at that address, such as `http://127.0.0.1:9001`. */
export async function metricsAt(admin: string): Promise<Metrics> {
  const text = await textAt(`${admin}/metrics`)
  const lines = text.split('\n').filter((line) => !/^(#|$)/.test(line))
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

/** What the server believes of its source; cheap enough to be asked every few ms. */
export async function feedAt(admin: string): Promise<string> {
  const { feed } = JSON.parse(await textAt(`${admin}/readyz`)) as { feed: string }
  return feed
}

/** Of how many topics it has a value. */
export async function topicsAt(admin: string): Promise<number> {
  const { topics } = JSON.parse(await textAt(`${admin}/readyz`)) as { topics: number }
  return topics
}

/** Lanes of so many subscriptions that have had to wait for so long; of the thousand furthest behind. */
export async function heldAt(admin: string, subscriptions: number, ms: number): Promise<number> {
  type Lane = { readonly subscriptions: number; readonly hold: string; readonly heldMs: number }
  const { lanes } = JSON.parse(await textAt(`${admin}/lanes?top=1000`)) as { lanes: Lane[] }
  return lanes.filter((lane) => lane.subscriptions === subscriptions && lane.heldMs >= ms).length
}

async function textAt(url: string): Promise<string> {
  return (await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })).text()
}
