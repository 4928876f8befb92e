/**
 * Elements: what index.html has, by id; and texts that are written only where they differ.
 */

/** The element of that id. Throws where index.html has none of that kind: a slip, found at the first start. */
export function byId<T extends Element = HTMLElement>(
  id: string,
  kind: abstract new () => T = HTMLElement as never,
): T {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`index.html has no such element: ${id}`)
  return element
}

/** A text in the page that costs nothing while it stays the same. @hot */
export class Label {
  private readonly node: Text
  private shown: string

  /** Takes the place of what the element says already. */
  constructor(parent: Element) {
    this.shown = parent.textContent ?? ''
    this.node = document.createTextNode(this.shown)
    parent.replaceChildren(this.node)
  }

  /** Returns whether it differed. */
  show(text: string): boolean {
    if (text === this.shown) return false
    this.shown = text
    this.node.data = text
    return true
  }
}

/** What a colour variable of style.css stands for in the theme of the moment. Canvases cannot read variables. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** Calls back whenever light becomes dark, or dark light. */
export function onThemeChange(listener: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener)
}
