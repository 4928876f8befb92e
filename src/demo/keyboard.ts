/**
 * Keyboard: what the watchlist and the search answer to.
 */
import { byId } from './elements.ts'
import type { Table } from './table.ts'

/** Beyond every list. */
const ALL_ROWS = Number.MAX_SAFE_INTEGER

/** `find` is called with each change of the search. */
export function setUpKeyboard(table: Table, find: (text: string) => void): void {
  const search = byId('search', HTMLInputElement)
  search.value = ''
  search.addEventListener('input', () => find(search.value))
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' && event.key !== 'ArrowDown' && event.key !== 'Enter') return
    event.preventDefault()
    if (event.key === 'Escape') {
      search.value = ''
      find('')
    }
    table.focus()
    table.move(0)
  })
  byId('table', HTMLTableElement).addEventListener('keydown', (event) => {
    const rows = rowsOf(event.key, table.pageRows)
    if (rows === 0 || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    table.move(rows)
  })
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select')
    if (event.key !== '/' || isTyping || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    search.focus()
    search.select()
  })
}

/** How far a key moves; 0 where it does not. */
function rowsOf(key: string, pageRows: number): number {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: pageRows,
    PageUp: -pageRows,
    Home: -ALL_ROWS,
    End: ALL_ROWS,
  }
  return moves[key] ?? 0
}
