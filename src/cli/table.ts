/**
 * Table: rows of records as lines of a terminal. Pure: what is drawn depends on nothing but the arguments.
 */

export interface Row {
  readonly topic: string
  readonly record: Readonly<Record<string, string | number | boolean>>
  readonly ageMs: number
  readonly superseded: number
}

export interface Screen {
  readonly columns: number
  readonly rows: number
}

const GAP = '  '
const CELL_CHARS_MAX = 16

/**
 * The lines of a table, a title above, cut to the screen: as many rows and fields as there is room for. Says how many
 * rows there was none for.
 */
export function drawTable(title: string, all: readonly Row[], screen: Screen): string[] {
  const room = Math.max(0, screen.rows - 2)
  const isCut = all.length > room
  const rows = all.slice(0, isCut ? Math.max(0, room - 1) : room)
  const columns = fitting(columnsOf(rows), screen.columns)
  const lines = [title, columns.map(({ name, width }) => pad(name, width, name)).join(GAP)]
  for (const row of rows) {
    lines.push(columns.map(({ name, width, cell }) => pad(cell(row), width, name)).join(GAP))
  }
  if (isCut) lines.push(`and ${all.length - rows.length} more`)
  return lines.slice(0, screen.rows).map((line) => line.slice(0, screen.columns).trimEnd())
}

/** An age as a person reads it. */
export function ageText(ageMs: number): string {
  if (ageMs < 1_000) return `${Math.round(ageMs)} ms`
  if (ageMs < 60_000) return `${(ageMs / 1_000).toFixed(1)} s`
  return `${Math.floor(ageMs / 60_000)} min`
}

interface Column {
  readonly name: string
  readonly width: number
  readonly cell: (row: Row) => string
}

/** Topic, age and superseded first: fields are what is cut where there is no room. */
function columnsOf(rows: readonly Row[]): Column[] {
  const fields = new Set(rows.flatMap(({ record }) => Object.keys(record)))
  const cells: [string, Column['cell']][] = [
    ['topic', ({ topic }) => topic],
    ['age', ({ ageMs }) => ageText(ageMs)],
    ['superseded', ({ superseded }) => String(superseded)],
    ...[...fields].map((name): [string, Column['cell']] => [
      clean(name),
      ({ record }) => (Object.hasOwn(record, name) ? clean(String(record[name])) : ''),
    ]),
  ]
  return cells.map(([name, cell]) => ({ name, cell, width: widthOf(name, rows.map(cell)) }))
}

function fitting(columns: readonly Column[], width: number): Column[] {
  let used = 0
  return columns.filter((column, i) => {
    used += column.width + (i === 0 ? 0 : GAP.length)
    return i === 0 || used <= width
  })
}

function widthOf(name: string, cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, cell.length), name.length)
}

function pad(text: string, width: number, column: string): string {
  return column === 'topic' ? text.padEnd(width) : text.padStart(width)
}

/** Whatever a publisher wrote, it must not move the cursor. */
function clean(text: string): string {
  const plain = text.replace(/[^ -~\u00a0-\u02af]/g, '?')
  return plain.length > CELL_CHARS_MAX ? `${plain.slice(0, CELL_CHARS_MAX - 1)}~` : plain
}
