import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Agent, createAgent } from '../../../agent/agent.ts'
import { createFakePrinter, type FakePrinter } from '../../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../../../agent/config.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { silent } from '../agent-parts.ts'
import { type BreakableLine, openBreakableLine } from './breakable-line.ts'
import type { WatchedFleet } from './watched-fleet.ts'

/** A terminal with a line, devices and a kiosk of its own, all of which can break. */
export interface FaultyTerminal {
  readonly id: string
  readonly line: BreakableLine
  readonly scanner: FakeScanDriver
  readonly printer: FakePrinter
  /** Whether the kiosk's browser answers. */
  kioskAnswers: boolean
  start(): Promise<void>
  /** Ends as the shop assistant ends it: it says goodbye. */
  shutDown(): Promise<void>
  /** The program is gone in the middle of what it did; with `power` the machine too, which tells nobody. */
  die(how: 'killed' | 'power'): Promise<void>
  /** It runs again, after `power` on a machine that was booted anew. */
  revive(): Promise<void>
  stop(): Promise<void>
}

/** What lies on the disk of an agent. */
const kept = ['agent.db', 'agent.db-wal'] as const

/** What a terminal's configuration holds beside its own ports. */
export const terminalConfig = (
  id: string,
  { port, keepaliveSeconds }: { readonly port: number; readonly keepaliveSeconds?: number | undefined },
) => ({
  ...{ deviceId: id, key: 'key.pem', certificate: 'certificate.pem', ca: 'ca.pem', dataFolder: 'data' },
  fleet: { host: '127.0.0.1', port },
  link: { backoffBaseMs: 50, backoffCapMs: 300, ...(keepaliveSeconds ? { keepaliveSeconds } : {}) },
  setup: { port: 0, open: false },
})

/** Registers a terminal and gives the folder with what it needs to be one. */
export const enlist = async (
  { fleet, folder }: WatchedFleet,
  id: string,
  village: string,
): Promise<string> => {
  const place = join(folder, id)
  await mkdir(join(place, 'data'), { recursive: true })
  await fleet.registerTerminal(id, village)
  const { key, certificate, ca } = await fleet.issueTerminal(id)
  await writeFile(join(place, 'key.pem'), key)
  await writeFile(join(place, 'certificate.pem'), certificate)
  await writeFile(join(place, 'ca.pem'), ca)
  return place
}

/** A terminal in this process, not yet started. */
export const openFaultyTerminal = async (
  watched: WatchedFleet,
  { id, village, keepaliveSeconds }: { id: string; village: string; keepaliveSeconds?: number },
): Promise<FaultyTerminal> => {
  const place = await enlist(watched, id, village)
  const line = await openBreakableLine(watched.fleet.mqttPort)
  const scanner = new FakeScanDriver()
  const printer = createFakePrinter()
  const kiosk = createServer((_request, response) => {
    response.writeHead(terminal.kioskAnswers ? 200 : 500).end()
  })
  await new Promise<void>((listening) => kiosk.listen(0, '127.0.0.1', listening))
  const devtoolsPort = (kiosk.address() as AddressInfo).port
  const config = parseConfig(
    { ...terminalConfig(id, { port: line.port, keepaliveSeconds }), kiosk: { devtoolsPort } },
    place,
  )
  const data = (name: string) => join(place, 'data', name)
  let boot = uuidv7()
  let agent: Agent | undefined
  let saved = false
  const start = async () => {
    agent = createAgent(config, { logger: silent, devices: { scanner, printer }, boot })
    await agent.start()
  }
  const terminal: FaultyTerminal = {
    ...{ id, line, scanner, printer, start },
    kioskAnswers: true,
    async shutDown() {
      await agent?.stop()
      agent = undefined
    },
    async die(how) {
      if (how === 'power') line.orphan()
      else line.cut()
      // A program that is gone writes nothing more: what its orderly end would write is taken back.
      for (const name of kept) if (existsSync(data(name))) copyFileSync(data(name), data(`${name}.kept`))
      saved = true
      if (how === 'power') boot = uuidv7()
      await terminal.shutDown()
    },
    async revive() {
      if (saved) {
        for (const name of [...kept, 'agent.db-shm']) rmSync(data(name), { force: true })
        for (const name of kept)
          if (existsSync(data(`${name}.kept`))) copyFileSync(data(`${name}.kept`), data(name))
        saved = false
      }
      line.mend()
      await start()
    },
    async stop() {
      await agent?.stop()
      await line.stop()
      kiosk.closeAllConnections()
      await new Promise<void>((closed) => kiosk.close(() => closed()))
    },
  }
  return terminal
}
