/**
 * Row: one line of the watchlist. There are only as many as fit on the screen; each shows whichever quote is there.
 */
import { Label } from './elements.ts'
import { clock, signedPercent } from './format.ts'
import type { Price, Quote } from './quote.ts'
import { Sparkline } from './sparkline.ts'

/** How long a price stays lit up after a change. */
const FLASH_MS = 350

/** A cell with a price, that lights up when it changes. */
class PriceCell {
  readonly cell: HTMLTableCellElement
  private readonly label: Label
  private shown: Price | null = null
  private flashEndsMs = 0

  constructor(className: string) {
    this.cell = document.createElement('td')
    this.cell.className = className
    this.label = new Label(this.cell)
  }

  /** `isSame`: it showed the same quote before, so that a difference is a change. @hot */
  show(price: Price, isSame: boolean, nowMs: number): void {
    const before = this.shown?.value ?? Number.NaN
    this.shown = price
    this.label.show(price.text)
    if (!isSame) return this.calm()
    if (price.value === before || Number.isNaN(before) || Number.isNaN(price.value)) return
    this.cell.dataset.flash = price.value > before ? 'up' : 'down'
    this.flashEndsMs = nowMs + FLASH_MS
  }

  /** Ends the light when its time is over. @hot */
  fade(nowMs: number): void {
    if (this.flashEndsMs !== 0 && nowMs >= this.flashEndsMs) this.calm()
  }

  private calm(): void {
    if (this.flashEndsMs === 0) return
    this.flashEndsMs = 0
    delete this.cell.dataset.flash
  }
}

export class Row {
  readonly element = document.createElement('tr')
  private readonly symbol: Label
  private readonly bid = new PriceCell('bid')
  private readonly ask = new PriceCell('ask')
  private readonly last = new PriceCell('last')
  private readonly changeCell = document.createElement('td')
  private readonly change: Label
  private readonly time: Label
  private readonly sparkline: Sparkline
  private quote: Quote | null = null
  private shownVersion = -1
  private shownIndex = -1

  constructor(slot: number) {
    const symbolCell = document.createElement('th')
    symbolCell.scope = 'row'
    symbolCell.className = 'symbol'
    this.symbol = new Label(symbolCell)
    this.changeCell.className = 'change'
    this.change = new Label(this.changeCell)
    const trendCell = document.createElement('td')
    trendCell.className = 'trend'
    this.sparkline = new Sparkline(trendCell)
    const timeCell = document.createElement('td')
    timeCell.className = 'time'
    this.time = new Label(timeCell)
    const prices = [this.bid.cell, this.ask.cell, this.last.cell]
    this.element.id = `row-${slot}`
    this.element.append(symbolCell, ...prices, this.changeCell, trendCell, timeCell)
  }

  /** The topic that it shows; empty before the first. */
  get topic(): string {
    return this.quote?.topic ?? ''
  }

  /** Shows a quote at its place in the list, as far as it differs from what is there. @hot */
  draw(quote: Quote, index: number, isSelected: boolean, nowMs: number): void {
    const isSame = quote === this.quote
    if (!isSame || quote.version !== this.shownVersion) this.write(quote, isSame, nowMs)
    for (const cell of [this.bid, this.ask, this.last]) cell.fade(nowMs)
    this.sparkline.draw(quote.samples, nowMs)
    // The heading is the first row.
    if (index !== this.shownIndex) this.element.ariaRowIndex = String(index + 2)
    this.shownIndex = index
    const selected = String(isSelected)
    if (this.element.ariaSelected !== selected) this.element.ariaSelected = selected
  }

  private write(quote: Quote, isSame: boolean, nowMs: number): void {
    this.quote = quote
    this.shownVersion = quote.version
    if (!isSame) this.element.dataset.topic = quote.topic
    this.symbol.show(quote.symbol)
    this.bid.show(quote.bid, isSame, nowMs)
    this.ask.show(quote.ask, isSame, nowMs)
    this.last.show(quote.last, isSame, nowMs)
    const { change } = quote
    const text = signedPercent(change)
    if (this.change.show(text)) this.changeCell.dataset.sign = signOf(text)
    this.time.show(clock(quote.ts))
  }
}

/** By the text, so that +0.00 is not green. */
function signOf(text: string): string {
  return text.startsWith('+') ? 'up' : /^-\d/.test(text) ? 'down' : ''
}
