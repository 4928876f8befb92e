/**
 * Panel: the figures of this page, in numbers and over time.
 */
import { byId, Label } from './elements.ts'
import type { Reading } from './figures.ts'
import { bytes, duration, percent, rate } from './format.ts'
import { Plot } from './plot.ts'

export class Panel {
  private readonly messages = new Label(byId('messages'))
  private readonly bytes = new Label(byId('bytes'))
  private readonly age = new Label(byId('age'))
  private readonly ageMax = new Label(byId('age-max'))
  private readonly superseded = new Label(byId('superseded'))
  private readonly stalled = new Label(byId('stalled'))
  private readonly frames = new Label(byId('frames'))
  private readonly reconnects = new Label(byId('reconnects'))
  private readonly count = new Label(byId('count'))
  private readonly rates = new Plot(
    byId('plot-rate'),
    [
      { label: 'read/s', color: '--accent' },
      { label: 'superseded/s', color: '--warn' },
    ],
    rate,
  )
  private readonly ages = new Plot(
    byId('plot-age'),
    [
      { label: 'age, median', color: '--accent' },
      { label: 'worst', color: '--warn' },
    ],
    duration,
  )

  /** Shows a reading; once a second. */
  show(reading: Reading, reconnectCount: number, topicCount: number): void {
    this.messages.show(rate(reading.messagesPerS))
    this.bytes.show(bytes(reading.bytesPerS))
    this.age.show(duration(reading.ageMs))
    this.ageMax.show(duration(reading.ageMsMax))
    this.superseded.show(percent(reading.supersededPart))
    this.stalled.show(percent(reading.stalledPart))
    this.frames.show(rate(reading.framesPerS))
    this.reconnects.show(String(reconnectCount))
    this.count.show(topicCount.toLocaleString('en-US'))
    const nowMs = Date.now()
    this.rates.add(nowMs, [reading.messagesPerS, reading.supersededPerS])
    this.ages.add(nowMs, [reading.ageMs, reading.ageMsMax])
  }
}
