/**
 * Plot: the last two minutes of a few figures, as lines.
 */
import UPlot from 'uplot'
import { color, onThemeChange } from './elements.ts'
import { clock } from './format.ts'

const POINTS = 120
const HEIGHT = 104
const FONT = '11px system-ui, sans-serif'

const timeOf = (timeS: number) => clock(timeS * 1_000, false)

export interface Line {
  readonly label: string
  /** A colour variable of style.css. */
  readonly color: string
}

export class Plot {
  private readonly plot: UPlot
  private readonly columns: (number | null)[][]

  constructor(parent: HTMLElement, lines: readonly Line[], textOf: (value: number) => string) {
    this.columns = [[], ...lines.map(() => [])]
    const axis = {
      stroke: () => color('--muted'),
      grid: { stroke: () => color('--line'), width: 1 },
      ticks: { show: false },
      font: FONT,
    }
    const series = lines.map(({ label, color: name }) => ({
      label,
      stroke: () => color(name),
      width: 1.5,
      points: { show: false },
      value: (_: UPlot, value: number | null) => (value === null ? '' : textOf(value)),
    }))
    this.plot = new UPlot(
      {
        width: parent.clientWidth || 320,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        legend: { live: true },
        scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
        axes: [
          { ...axis, size: 22, space: 70, values: (_, times) => times.map(timeOf) },
          {
            ...axis,
            size: 58,
            space: 30,
            values: (_, values) => values.map((value) => textOf(value)),
          },
        ],
        series: [{}, ...series],
      },
      this.columns as UPlot.AlignedData,
      parent,
    )
    new ResizeObserver(() => this.fit(parent.clientWidth)).observe(parent)
    onThemeChange(() => this.plot.redraw())
  }

  /** Adds a point; NaN is a gap. `atMs` since the epoch. */
  add(atMs: number, values: readonly number[]): void {
    const point = [atMs / 1_000, ...values.map((value) => (Number.isNaN(value) ? null : value))]
    for (const [i, column] of this.columns.entries()) {
      column.push(point[i] ?? null)
      if (column.length > POINTS) column.shift()
    }
    // One point has no scale of time.
    if (this.columns[0]!.length > 1) this.plot.setData(this.columns as UPlot.AlignedData)
  }

  private fit(width: number): void {
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT })
  }
}
