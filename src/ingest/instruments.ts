/**
 * Instruments: what the simulator trades. Known names with about their prices, then made-up ones. Pure.
 */

export interface Instrument {
  readonly symbol: string
  readonly price: number
  /** Digits after the point in prices; the tick is one unit of the last. */
  readonly priceDigits: number
  readonly sizeDigits: number
}

/** The busiest first. */
const KNOWN: readonly Instrument[] = [
  known('BTC-USD', 61_840, 1, 5),
  known('ETH-USD', 2_684, 2, 4),
  known('SOL-USD', 154.3, 2, 3),
  known('AAPL', 213.31, 2, 0),
  known('NVDA', 104.97, 2, 0),
  known('TSLA', 198.84, 2, 0),
  known('XRP-USD', 0.6012, 4, 1),
  known('EUR-USD', 1.09182, 5, 0),
  known('MSFT', 402.69, 2, 0),
  known('AMZN', 165.8, 2, 0),
  known('DOGE-USD', 0.10341, 5, 0),
  known('USD-JPY', 147.22, 3, 0),
  known('SPY', 530.65, 2, 0),
  known('BNB-USD', 512.4, 1, 3),
  known('ADA-USD', 0.3471, 4, 1),
  known('META', 509.63, 2, 0),
  known('GOOGL', 162.03, 2, 0),
  known('GBP-USD', 1.27481, 5, 0),
  known('LINK-USD', 10.41, 3, 2),
  known('LTC-USD', 60.35, 2, 3),
  known('AMD', 136.32, 2, 0),
  known('QQQ', 448.75, 2, 0),
  known('AVAX-USD', 22.17, 2, 2),
  known('XAU-USD', 2_427.5, 2, 0),
]

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const MADE_UP_LETTERS = 4

/** The first `count` instruments. `random` gives numbers in [0, 1); the same ones make the same instruments. */
export function instruments(count: number, random: () => number): Instrument[] {
  const list = KNOWN.slice(0, count)
  const taken = new Set(list.map(({ symbol }) => symbol))
  while (list.length < count) {
    const instrument = madeUp(random)
    if (taken.has(instrument.symbol)) continue
    taken.add(instrument.symbol)
    list.push(instrument)
  }
  return list
}

/** A share or a coin; prices from 0.1 to 1,000, as many of each size. */
function madeUp(random: () => number): Instrument {
  let name = ''
  for (let i = 0; i < MADE_UP_LETTERS; i++) name += LETTERS[Math.floor(random() * LETTERS.length)]
  const price = 10 ** (random() * 4 - 1)
  const isCoin = random() < 0.5
  const priceDigits = isCoin && price < 10 ? 5 : 2
  return { symbol: isCoin ? `${name}-USD` : name, price, priceDigits, sizeDigits: isCoin ? 2 : 0 }
}

function known(symbol: string, price: number, priceDigits: number, sizeDigits: number): Instrument {
  return { symbol, price, priceDigits, sizeDigits }
}
