/**
 * Detail: the symbol that is looked at: its record, as it was published, and its price over time.
 */
import {
  CandlestickSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts'
import { byId, color, Label, onThemeChange } from './elements.ts'
import { clock, digitsOf, signedPercent } from './format.ts'
import type { Bar } from './history.ts'
import type { Quote } from './quote.ts'

/** A chart is read as well at this pace, and costs a tenth of each frame. */
const REDRAW_MS = 100

export class Detail {
  private readonly symbol = new Label(byId('detail-symbol'))
  private readonly price = new Label(byId('detail-price'))
  private readonly changeCell = byId('detail-change')
  private readonly change = new Label(this.changeCell)
  private readonly record = byId('record')
  private readonly fields = new Map<string, Label>()
  private readonly chart: IChartApi
  private readonly candles: ISeriesApi<'Candlestick'>
  private quote: Quote | undefined
  private shownVersion = -1
  private drawnAtMs = 0

  constructor() {
    this.chart = createChart(byId('chart'), {
      autoSize: true,
      // It brings a style element, which the Content-Security-Policy refuses: the credit stands below the chart instead.
      layout: { attributionLogo: false, fontSize: 11 },
      rightPriceScale: { borderVisible: false },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        secondsVisible: true,
        tickMarkMaxCharacterLength: 8,
        tickMarkFormatter: (time: UTCTimestamp) => clock(time * 1_000, false),
      },
      localization: { timeFormatter: (time: UTCTimestamp) => clock(time * 1_000, false) },
      handleScale: { mouseWheel: false },
    })
    this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false })
    this.paint()
    onThemeChange(() => this.paint())
  }

  /** Shows a quote; once a frame. @hot */
  draw(quote: Quote | undefined, nowMs: number): void {
    if (quote === undefined) return
    const isSame = quote === this.quote
    if (isSame && quote.version === this.shownVersion) return
    if (isSame && nowMs - this.drawnAtMs < REDRAW_MS) return
    if (!isSame) this.open(quote)
    this.shownVersion = quote.version
    this.drawnAtMs = nowMs
    const text = signedPercent(quote.change)
    this.price.show(Number.isNaN(quote.last.value) ? quote.bid.text : quote.last.text)
    this.change.show(`${text} %`)
    this.changeCell.dataset.sign = text.startsWith('+') ? 'up' : text.startsWith('-') ? 'down' : ''
    this.showRecord(quote)
    const { last } = quote.bars
    if (last !== undefined && isSame) this.candles.update(candleOf(last))
  }

  private open(quote: Quote): void {
    this.quote = quote
    this.symbol.show(quote.symbol)
    const digits = digitsOf(quote.last.text === '' ? quote.bid.text : quote.last.text)
    const priceFormat = { type: 'price', precision: digits, minMove: 10 ** -digits } as const
    this.candles.applyOptions({ priceFormat })
    this.candles.setData(quote.bars.all.map(candleOf))
    this.chart.timeScale().applyOptions({ barSpacing: 7 })
    this.chart.timeScale().scrollToRealTime()
    this.fields.clear()
    this.record.replaceChildren()
  }

  /** Every field as it came, in the order in which they first did. */
  private showRecord({ record }: Quote): void {
    for (const [name, value] of Object.entries(record)) {
      let label = this.fields.get(name)
      if (label === undefined) {
        label = this.add(name)
        this.fields.set(name, label)
      }
      const isTime = name === 'ts' && typeof value === 'number'
      label.show(isTime ? clock(value) : String(value))
    }
    for (const [name, label] of this.fields) if (!(name in record)) label.show('')
  }

  private add(name: string): Label {
    const term = document.createElement('dt')
    const value = document.createElement('dd')
    const pair = document.createElement('div')
    term.textContent = name
    pair.append(term, value)
    this.record.append(pair)
    return new Label(value)
  }

  private paint(): void {
    const [up, down, line] = [color('--up'), color('--down'), color('--line')]
    const layout = { background: { color: color('--card') }, textColor: color('--muted') }
    const grid = { vertLines: { color: line }, horzLines: { color: line } }
    this.chart.applyOptions({ layout, grid })
    const candle = { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down }
    this.candles.applyOptions(candle)
  }
}

function candleOf({ time, ...prices }: Bar) {
  return { time: time as UTCTimestamp, ...prices }
}
