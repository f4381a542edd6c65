import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command } from '../../../../fleet/api/schemas.ts'
import { nameOfDocument } from '../../../../fleet/web/expert/document-name.ts'
import { dpiChoices, fitScan, modeChoices, sourceChoices } from '../../../../fleet/web/expert/scan-limits.ts'
import { supplyText } from '../../../../fleet/web/expert/supply-text.ts'
import {
  complaints,
  isAvailable,
  printerSign,
  scannerSign,
  terminalSign,
  timeText,
} from '../../../../fleet/web/expert/terminal-state.ts'
import { commandText, outcomeText, workText } from '../../../../fleet/web/expert/work-text.ts'
import { fitShare, paperSize, zoomBy } from '../../../../fleet/web/expert/zoom.ts'
import { faultOf } from '../../../../fleet/web/i18n/faults.ts'
import { translator } from '../../../../fleet/web/i18n/texts.ts'
import { terminalOf } from '../../../support/village-terminals.ts'

const t = translator('en')

const aTerminal = suite('a terminal in the list')

aTerminal('says whether it is there, and then the first thing that is wrong with it', () => {
  const sign = (...parts: Parameters<typeof terminalOf>) => terminalSign(terminalOf(...parts), 'en', t)
  assert.equal(sign('a', 'A'), { tone: 'good', text: 'Online' })
  assert.equal(sign('a', 'A', {}, [{ reason: 'toner-low', severity: 'warning' }]), {
    tone: 'warn',
    text: 'Toner is low',
  })
  assert.equal(sign('a', 'A', { state: 'maintenance' }), { tone: 'quiet', text: 'In maintenance' })
  assert.equal(sign('a', 'A', { capabilities: {} }), { tone: 'bad', text: 'Scanner not found' })
  assert.match(sign('a', 'A', { state: 'offline' }).text, /^Offline since /)
  assert.match(sign('a', 'A', { state: 'suspect' }).text, /^Link interrupted since /)
})

aTerminal('can be worked with in its grace time, not when it is away', () => {
  const able = (
    ['online', 'reduced', 'suspect', 'offline', 'maintenance', 'never-seen', 'retired'] as const
  ).filter((state) => isAvailable(terminalOf('a', 'A', { state })))
  assert.equal(able, ['online', 'reduced', 'suspect'])
})

aTerminal('tells the hour of today and the day of before', () => {
  const now = new Date(2026, 10, 21, 15, 0).getTime()
  assert.is(timeText(new Date(2026, 10, 21, 13, 52).getTime(), 'en', now), '13:52')
  assert.is(timeText(new Date(2026, 10, 18, 13, 52).getTime(), 'en', now), '18 Nov')
})

aTerminal('tells of its devices', () => {
  const healthy = terminalOf('a', 'A')
  assert.is(scannerSign(healthy, t).text, 'Ready')
  assert.is(printerSign(healthy, t).text, 'Ready')
  const away = { ...healthy, state: 'offline' } as const
  assert.equal(scannerSign(away, t), { tone: 'quiet', text: 'Offline' })
  assert.equal(printerSign(away, t), { tone: 'quiet', text: 'Offline' })
  const scanner = { ...healthy.capabilities.scanner, present: true, ok: false }
  assert.is(scannerSign({ ...healthy, capabilities: { scanner } }, t).text, 'Scanner fault')
  assert.is(printerSign({ ...healthy, capabilities: {} }, t).text, 'Printer not found')
  const printer = { present: true, ok: false }
  assert.is(printerSign({ ...healthy, capabilities: { printer } }, t).text, 'Printer fault')
  assert.is(
    printerSign({ ...healthy, capabilities: { printer: { present: true, ok: true } } }, t).tone,
    'quiet',
  )
})

aTerminal('names the worst complaint of its printer first', () => {
  const reasons = complaints([
    { reason: 'toner-low', severity: 'warning' },
    { reason: 'media-empty', severity: 'error' },
    { reason: 'none', severity: 'error' },
    { reason: 'wifi-not-configured', severity: 'report' },
  ])
  assert.equal(
    reasons.map(({ reason }) => reason),
    ['media-empty', 'toner-low'],
  )
})

aTerminal('names what keeps its printer from printing, even where the printer calls it a report', () => {
  const { printer } = terminalOf('a', 'A', {}, [{ reason: 'media-empty', severity: 'report' }]).capabilities
  const stuck = {
    ...terminalOf('a', 'A'),
    capabilities: { printer: { present: true, ...printer, ok: false } },
  }
  assert.equal(printerSign(stuck, t), { tone: 'bad', text: 'Out of paper' })
})

aTerminal('names its supplies in words, and leaves a name that has none as it is', () => {
  const words = (name: string, type: string, colour?: string) =>
    supplyText(t, { name, type, level: 50, ...(colour !== undefined && { colour }) })
  assert.is(words('Black Toner Cartridge', 'toner', '#000000'), 'Toner, black')
  assert.is(words('C', 'inkCartridge', 'cyan'), 'Ink, cyan')
  assert.is(words('Ink Waste Tank', 'wasteInk'), 'Waste container')
  assert.is(words('Imaging unit', 'opc'), 'Drum')
  assert.is(words('Photo Black', 'ink', 'photo-black'), 'Photo Black')
  assert.is(words('Staples', 'staples'), 'Staples')
})
aTerminal.run()

const theChoices = suite('the choices of a scan')
const scanner = terminalOf('a', 'A').capabilities.scanner?.scanner

theChoices('are what the scanner says that it can do', () => {
  assert.equal(sourceChoices(scanner), ['flatbed', 'feeder'])
  assert.equal(sourceChoices(undefined), [])
  assert.equal(dpiChoices(scanner?.sources[1]), [150, 300])
  assert.equal(modeChoices(scanner?.sources[1]), ['colour', 'grey'])
})

theChoices('of a scanner with a continuous range are the usual resolutions', () => {
  const source = scanner?.sources[0]
  assert.ok(source)
  const dpi = Array.from({ length: 64 }, (_, at) => 25 * (at + 1))
  assert.equal(dpiChoices({ ...source, dpi }), [75, 100, 150, 200, 300, 400, 600])
})

theChoices('fall back to the nearest that the chosen source can do', () => {
  const wish = { source: 'feeder', dpi: 600, mode: 'blackwhite' } as const
  assert.equal(fitScan(wish, scanner), { source: 'feeder', dpi: 300, mode: 'colour' })
  const flatbed = scanner === undefined ? undefined : { ...scanner, sources: scanner.sources.slice(0, 1) }
  assert.is(fitScan(wish, flatbed).source, 'flatbed')
  assert.equal(fitScan(wish, undefined), wish)
})
theChoices.run()

const aWork = suite('a work in words')
const command: Command = {
  id: 'c',
  terminal: 'a',
  name: 'scanner.scan',
  input: {},
  state: 'running',
  actor: 'x',
  issuedAt: 1,
  expiresAt: 2,
  updatedAt: 1,
  pages: [],
}
const work = { key: 'k', kind: 'print', stage: 'asked', cancelling: false } as const

aWork('tells how far it is', () => {
  assert.is(workText(t, { ...work, stage: 'preparing' }, undefined), 'Preparing the document…')
  assert.is(workText(t, { ...work, kind: 'save', stage: 'preparing' }, undefined), 'Making the PDF…')
  assert.is(workText(t, work, undefined), 'Sending')
  assert.is(workText(t, { ...work, cancelling: true }, command), 'Cancelling…')
  const progress = { step: 'printing', page: 2, of: 3, percent: 66.6 } as const
  assert.is(workText(t, work, { ...command, progress }), 'Printing · Page 2 of 3 · 67 %')
  assert.is(commandText(t, { ...command, progress: { step: 'scanning', page: 1 } }), 'Scanning · Page 1')
  assert.is(commandText(t, { ...command, state: 'sent' }), 'Sent to the terminal')
  const scanning = { ...command, progress: { step: 'scanning', page: 1, percent: 30 } } as const
  assert.is(workText(t, { ...work, kind: 'scan' }, scanning), 'Scanning · 30 %', 'the strip counts the pages')
})

aWork('tells what came of it', () => {
  const over = (name: string, result: unknown) => outcomeText(t, { ...command, name, result })
  assert.is(over('scanner.scan', { pages: [{}, {}] }), 'Pages scanned: 2')
  assert.is(over('printer.print', { job: 1, impressions: 4 }), 'Sides printed: 4')
  assert.is(over('copier.copy', { pages: 1, impressions: 2 }), 'Pages copied: 1, sides: 2')
  assert.is(over('terminal.restart', {}), 'Done')
})

aWork('that was done after all is not to be done again', () => {
  const unknown: Command = { ...command, name: 'printer.print', state: 'unknown' }
  assert.match(faultOf(t, unknown).do, 'before you print again')
  const { what, do: advice } = faultOf(t, { ...unknown, late: { state: 'succeeded', at: 20 } })
  assert.match(what, 'done after all')
  assert.is(advice, 'Do not have it done again.')
  assert.equal(faultOf(t, { ...unknown, late: { state: 'failed', at: 20 } }), faultOf(t, unknown))
})

aWork('is saved under a name of place and time that no file system minds', () => {
  const now = new Date(2026, 10, 21, 9, 5)
  assert.is(nameOfDocument('Җирекле/..', now), 'Җирекле 2026-11-21 09-05.pdf')
  assert.is(nameOfDocument(undefined, now), 'Avyl 2026-11-21 09-05.pdf')
})
aWork.run()

const aPage = suite('a page that is looked at')

aPage('has its size on paper at 100 %', () => {
  const { width, height } = paperSize({ width: 2480, height: 3508, dpi: 300 })
  assert.is(Math.round(width), 794)
  assert.is(Math.round(height), 1123)
})

aPage('fits into its room, also when it lies on its side', () => {
  const room = { width: 600, height: 400 }
  assert.is(fitShare({ width: 300, height: 800 }, false, room), 0.5)
  assert.is(fitShare({ width: 300, height: 800 }, true, room), 0.75)
})

aPage('grows and shrinks in steps', () => {
  assert.is(zoomBy(0.6, 1), 0.75)
  assert.is(zoomBy(0.6, -1), 0.5)
  assert.is(zoomBy(4, 1), 4)
  assert.is(zoomBy(0.25, -1), 0.25)
})
aPage.run()
