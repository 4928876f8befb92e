/**
 * Chart: lines over two axes as an SVG, made from data alone: no library, no script. Colours are classes, which a page
 * or a file brings (style.ts).
 */
import { type Axis, place } from './scale.ts'

export interface Line {
  /** What stands at its end. */
  readonly label: string
  /** Which colour: 0 is tickwire's. */
  readonly slot: number
  readonly isDashed: boolean
  readonly points: readonly Point[]
}

export type Point = readonly [x: number, y: number | null]

export interface Chart {
  /** For those who do not see it: what it shows. */
  readonly says: string
  readonly lines: readonly Line[]
  readonly x: Axis
  readonly y: Axis
  readonly width: number
  readonly height: number
  /** What a point says when it is pointed at. */
  readonly tip: (x: number, y: number) => string
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

type KnownPoint = readonly [x: number, y: number]

const CHAR_PX = 6.7
const LINE_PX = 14
const PADDING_PX = 8
const LABEL_CHARS_MAX = 26
/** Points that can be pointed at, a line: enough to read off any place, and the page stays small. */
const TIPS_MAX = 40
const TIP_RADIUS_PX = 7

/** The chart as an SVG element; `attributes` go into its tag as they are, and `head` before what is drawn. */
export function drawChart(chart: Chart, attributes = '', head = ''): string {
  const box = boxOf(chart)
  const body = [
    head,
    ...chart.y.ticks.map(({ value, label }) =>
      yTick(box, place(chart.y, value, box.bottom, box.top), label),
    ),
    ...xTicks(chart, box),
    ...chart.lines.map((line) => drawLine(chart, box, line)),
    ...endLabels(chart, box),
  ]
  const { width, height, says } = chart
  const size = `viewBox="0 0 ${width} ${height}"`
  return `<svg ${attributes} ${size} role="img" aria-label="${escapeHtml(says)}">\n${body.join('\n')}\n</svg>`
}

/** Text for a page: nothing in it can be taken for markup. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function boxOf({ width, height, lines, y }: Chart): Box {
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  return {
    left: longest(y.ticks.map(({ label }) => label)) * CHAR_PX + PADDING_PX,
    right: width - longest(lines.map(({ label }) => shortened(label))) * CHAR_PX - 2 * PADDING_PX,
    top: PADDING_PX,
    bottom: height - LINE_PX - PADDING_PX,
  }
}

function yTick({ left, right }: Box, y: number, label: string): string {
  const at = y.toFixed(1)
  return (
    `<path class="grid" d="M${left.toFixed(1)},${at}H${right.toFixed(1)}"/>` +
    `<text x="${(left - PADDING_PX / 2).toFixed(1)}" y="${(y + 4).toFixed(1)}" text-anchor="end">${escapeHtml(label)}</text>`
  )
}

/** Labels that would touch the one before are left out. */
function xTicks({ x }: Chart, { left, right, top, bottom }: Box): string[] {
  let free = 0
  return x.ticks.flatMap(({ value, label }) => {
    const at = place(x, value, left, right)
    const half = (label.length * CHAR_PX) / 2
    if (at - half < free) return []
    free = at + half + PADDING_PX
    const text = `<text x="${at.toFixed(1)}" y="${bottom + LINE_PX + 2}" text-anchor="middle">${escapeHtml(label)}</text>`
    return [`<path class="grid" d="M${at.toFixed(1)},${top}V${bottom}"/>${text}`]
  })
}

function drawLine(chart: Chart, box: Box, { label, slot, isDashed, points }: Line): string {
  const known = points.filter((point): point is KnownPoint => point[1] !== null)
  const every = Math.max(1, Math.ceil(known.length / TIPS_MAX))
  const tips = known
    .filter((_, i) => i % every === 0 || i === known.length - 1)
    .map(([x, y]) => {
      const at = placeOf(chart, box, x, y)
      const text = escapeHtml(`${label}: ${chart.tip(x, y)}`)
      return `<circle class="tip s${slot}" cx="${at[0]}" cy="${at[1]}" r="${TIP_RADIUS_PX}"><title>${text}</title></circle>`
    })
  const kind = isDashed ? 'line dashed' : 'line'
  return `<path class="${kind} s${slot}" d="${pathOf(chart, box, points)}"/>${tips.join('')}`
}

/** With a gap wherever there was no value; a value between two gaps is a dot. */
function pathOf(chart: Chart, box: Box, points: readonly Point[]): string {
  let isDown = false
  let path = ''
  for (const [x, y] of points) {
    if (y !== null)
      path += `${isDown ? 'L' : 'M'}${placeOf(chart, box, x, y).join()}${isDown ? '' : 'h0'}`
    isDown = y !== null
  }
  return path
}

function placeOf({ x, y }: Chart, box: Box, atX: number, atY: number): [string, string] {
  return [
    place(x, atX, box.left, box.right).toFixed(1),
    place(y, atY, box.bottom, box.top).toFixed(1),
  ]
}

/** Each at the height of its line's end, moved apart where they would overlap. */
function endLabels(chart: Chart, box: Box): string[] {
  const labels = chart.lines
    .flatMap(({ label, slot, points }) => {
      const end = points.findLast((point): point is KnownPoint => point[1] !== null)
      if (end === undefined) return []
      return [{ label, slot, y: place(chart.y, end[1], box.bottom, box.top) }]
    })
    .sort((a, b) => a.y - b.y)
  for (let i = 1; i < labels.length; i++) {
    labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + LINE_PX)
  }
  // Pushed down beyond the floor, they all come up again as far as they must.
  const floor = box.bottom
  for (let i = labels.length - 1, limit = floor; i >= 0; i--, limit -= LINE_PX) {
    labels[i]!.y = Math.min(labels[i]!.y, limit)
  }
  const x = (box.right + PADDING_PX).toFixed(1)
  return labels.map(
    ({ label, slot, y }) =>
      `<text class="end s${slot}" x="${x}" y="${(y + 4).toFixed(1)}">${escapeHtml(shortened(label))}</text>`,
  )
}

function shortened(label: string): string {
  return label.length <= LABEL_CHARS_MAX ? label : `${label.slice(0, LABEL_CHARS_MAX - 3)}...`
}
