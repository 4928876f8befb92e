/**
 * Main: the live page. Updates go into the model as they come; the screen is drawn once a frame, of what has changed.
 */
import { Access, tokenOfAddress } from './access.ts'
import { Banner } from './banner.ts'
import { setUpControls } from './controls.ts'
import { Detail } from './detail.ts'
import { byId } from './elements.ts'
import { Figures } from './figures.ts'
import { setUpKeyboard } from './keyboard.ts'
import { Link } from './link.ts'
import { Model } from './model.ts'
import { Panel } from './panel.ts'
import { searchOf, settingsOf } from './settings.ts'
import { Stall } from './stall.ts'
import { Table } from './table.ts'

const READING_MS = 1_000

const settings = settingsOf(location.search)
const model = new Model()
const figures = new Figures()
const stall = new Stall()
const banner = new Banner()
const table = new Table(model)
const detail = new Detail()
const panel = new Panel()
const empty = byId('empty')
const access = new Access((token) => {
  model.clear()
  link.authenticate(token)
})

const link = new Link(new URL('ws', location.href).href, settings, tokenOfAddress(), {
  trust: (trust) => banner.show(trust),
  gone: (topics) => model.forget(topics),
  identity: (identity) => access.show(identity),
  wanted: (why) => access.ask(why),
  update: (update) => {
    stall.spend()
    const nowMs = Date.now()
    const quote = model.apply(update.topic, update.record, nowMs)
    // The first value of a connection is as old as it is; how long it travelled cannot be told.
    const isFirst = quote.connection !== link.connectionCount
    quote.connection = link.connectionCount
    figures.update(update, isFirst ? Number.NaN : quote.ts, nowMs)
  },
})

setUpControls(settings, {
  slow: (isSlow) => {
    stall.isOn = isSlow
  },
  change: (changed) => {
    history.replaceState(null, '', location.pathname + searchOf(changed))
    link.change(changed)
  },
})
setUpKeyboard(table, (text) => model.find(text))

function draw(nowMs: number): void {
  table.draw(nowMs)
  detail.draw(table.selected, nowMs)
  figures.frame()
  requestAnimationFrame(draw)
}
requestAnimationFrame(draw)

setInterval(() => {
  const { counts } = link
  panel.show(figures.read(counts, stall.spentMs), counts.reconnects, model.count)
  banner.tick()
  access.showDelay(link.delayedMs)
  const isEmpty = table.rowCount === 0
  empty.hidden = !isEmpty
  if (!isEmpty) return
  const none = `No prices: ${link.refusal ?? 'none have come yet'}.`
  empty.textContent = model.count === 0 ? none : 'No symbol has that in its name.'
}, READING_MS)
