/**
 * Sparkline: a price's last three quarters of a minute, on a canvas of a row.
 */
import { color, onThemeChange } from './elements.ts'
import type { Samples } from './history.ts'

/** As style.css has it. */
const WIDTH = 92
const HEIGHT = 20
const MARGIN = 2
/** A line that moves at every update is no easier to read, and costs the most of a row. */
const REDRAW_MS = 250

const palette = { up: '', down: '', even: '', version: 0 }

function readPalette(): void {
  palette.up = color('--up')
  palette.down = color('--down')
  palette.even = color('--muted')
  palette.version++
}
onThemeChange(readPalette)

export class Sparkline {
  private readonly canvas = document.createElement('canvas')
  private readonly context: CanvasRenderingContext2D
  private ratio = 0
  private shown: Samples | null = null
  private shownVersion = -1
  private paletteVersion = 0
  private drawnAtMs = 0

  constructor(parent: Element) {
    const context = this.canvas.getContext('2d')
    if (context === null) throw new Error('no 2d canvas here')
    this.context = context
    this.canvas.setAttribute('aria-hidden', 'true')
    parent.append(this.canvas)
  }

  /** Draws, where there is something new to be drawn. @hot */
  draw(samples: Samples, nowMs: number): void {
    if (palette.version === 0) readPalette()
    const isSame = samples === this.shown && this.paletteVersion === palette.version
    if (isSame && samples.version === this.shownVersion) return
    if (isSame && nowMs - this.drawnAtMs < REDRAW_MS) return
    this.shown = samples
    this.shownVersion = samples.version
    this.paletteVersion = palette.version
    this.drawnAtMs = nowMs
    this.paint(samples)
  }

  private paint(samples: Samples): void {
    const { context, canvas } = this
    if (this.ratio !== devicePixelRatio) {
      this.ratio = devicePixelRatio
      canvas.width = Math.round(WIDTH * this.ratio)
      canvas.height = Math.round(HEIGHT * this.ratio)
      context.scale(this.ratio, this.ratio)
      context.lineWidth = 1.25
      context.lineJoin = 'round'
    }
    context.clearRect(0, 0, WIDTH, HEIGHT)
    const { length } = samples
    if (length < 2) return
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (let i = 0; i < length; i++) {
      low = Math.min(low, samples.at(i))
      high = Math.max(high, samples.at(i))
    }
    const scale = high === low ? 0 : (HEIGHT - 2 * MARGIN) / (high - low)
    const middle = scale === 0 ? HEIGHT / 2 : HEIGHT - MARGIN
    const step = (WIDTH - 2 * MARGIN) / (length - 1)
    const change = samples.at(length - 1) - samples.at(0)
    context.strokeStyle = change > 0 ? palette.up : change < 0 ? palette.down : palette.even
    context.beginPath()
    for (let i = 0; i < length; i++) {
      context.lineTo(MARGIN + i * step, middle - (samples.at(i) - low) * scale)
    }
    context.stroke()
  }
}
