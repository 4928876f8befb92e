/**
 * Table: the watchlist on the screen. Rows exist for what can be seen alone; two empty ones stand in for the rest.
 * Next:  row.ts draw()
 */
import { byId } from './elements.ts'
import { type Model, SORT_KEYS, type SortKey } from './model.ts'
import type { Quote } from './quote.ts'
import { Row } from './row.ts'

/** Rows beyond the edges, so that scrolling finds them drawn. */
const MARGIN_ROWS = 4

export class Table {
  private readonly model: Model
  private readonly scroll = byId('scroll')
  private readonly grid = byId('table', HTMLTableElement)
  private readonly body = byId('rows', HTMLTableSectionElement)
  private readonly above = spacer()
  private readonly below = spacer()
  private readonly rows: Row[] = []
  private list: readonly Quote[] = []
  private rowHeight = 0
  private viewHeight = 0
  private selectedTopic = ''

  constructor(model: Model) {
    this.model = model
    this.body.append(this.above, this.below)
    new ResizeObserver(() => this.measure()).observe(this.scroll)
    this.body.addEventListener('click', ({ target }) => {
      const row = target instanceof Element ? target.closest('tr') : null
      if (row?.dataset.topic !== undefined) this.selectedTopic = row.dataset.topic
    })
    for (const head of this.grid.querySelectorAll<HTMLElement>('th[data-sort]')) {
      const key = SORT_KEYS.find((name) => name === head.dataset.sort)
      if (key !== undefined) head.addEventListener('click', () => this.sortBy(key))
    }
    this.showSort()
  }

  /** The quote that is looked at; the first of the list where none was chosen. */
  get selected(): Quote | undefined {
    const { list, selectedTopic } = this
    if (selectedTopic === '' && list[0] !== undefined) this.selectedTopic = list[0].topic
    return list.find(({ topic }) => topic === selectedTopic)
  }

  /** Draws what has changed; once a frame. @hot */
  draw(nowMs: number): void {
    this.list = this.model.list(nowMs)
    const { list, rowHeight } = this
    if (rowHeight === 0) return
    const shownCount = Math.ceil(this.viewHeight / rowHeight) + 2 * MARGIN_ROWS
    const top = Math.floor(this.scroll.scrollTop / rowHeight) - MARGIN_ROWS
    const first = Math.max(0, Math.min(top, list.length - shownCount))
    const count = Math.min(shownCount, list.length)
    this.fit(count)
    setHeight(this.above, first * rowHeight)
    setHeight(this.below, (list.length - first - count) * rowHeight)
    this.grid.ariaRowCount = String(list.length + 1)
    let active = ''
    for (let i = 0; i < count; i++) {
      const quote = list[first + i]!
      const isSelected = quote.topic === this.selectedTopic
      if (isSelected) active = this.rows[i]!.element.id
      this.rows[i]!.draw(quote, first + i, isSelected, nowMs)
    }
    if (this.grid.getAttribute('aria-activedescendant') !== active) {
      this.grid.setAttribute('aria-activedescendant', active)
    }
  }

  /** Moves the selection by so many rows, and into sight. */
  move(rows: number): void {
    // What was typed a moment ago counts, also where no frame has been drawn since.
    this.list = this.model.list(performance.now())
    const at = this.list.findIndex(({ topic }) => topic === this.selectedTopic)
    const index = Math.max(0, Math.min(this.list.length - 1, (at === -1 ? 0 : at) + rows))
    const quote = this.list[index]
    if (quote === undefined) return
    this.selectedTopic = quote.topic
    const { scroll, rowHeight } = this
    // The heading stays on top, as high as a row.
    const room = this.viewHeight - rowHeight
    const top = index * rowHeight
    if (top < scroll.scrollTop) scroll.scrollTop = top
    else if (top + rowHeight > scroll.scrollTop + room) scroll.scrollTop = top + rowHeight - room
  }

  /** How many rows a page has. */
  get pageRows(): number {
    return Math.max(1, Math.floor(this.viewHeight / this.rowHeight) - 2)
  }

  get rowCount(): number {
    return this.list.length
  }

  focus(): void {
    this.grid.focus({ preventScroll: true })
  }

  private sortBy(key: SortKey): void {
    this.model.sortBy(key)
    this.showSort()
  }

  private showSort(): void {
    const { key, isDescending } = this.model.sort
    for (const head of this.grid.querySelectorAll<HTMLElement>('th[data-sort]')) {
      if (head.dataset.sort !== key) head.removeAttribute('aria-sort')
      else head.ariaSort = isDescending ? 'descending' : 'ascending'
    }
  }

  private measure(): void {
    this.viewHeight = this.scroll.clientHeight
    this.rowHeight = Number.parseFloat(getComputedStyle(this.grid).getPropertyValue('--row'))
  }

  private fit(count: number): void {
    while (this.rows.length < count) {
      const row = new Row(this.rows.length)
      this.rows.push(row)
      this.below.before(row.element)
    }
    while (this.rows.length > count) this.rows.pop()!.element.remove()
  }
}

function spacer(): HTMLTableRowElement {
  const row = document.createElement('tr')
  row.className = 'spacer'
  row.ariaHidden = 'true'
  row.append(document.createElement('td'))
  return row
}

function setHeight(row: HTMLTableRowElement, height: number): void {
  const text = `${height}px`
  if (row.style.height !== text) row.style.height = text
}
