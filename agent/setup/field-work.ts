import { watch } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenSetup, SetUpParts } from './assembled.ts'
import { openRecord } from './record.ts'
import type { Setup } from './setup.ts'

/** The technician's part of an agent: open while the terminal is new, and again for an hour when somebody asks. */
export interface FieldWork {
  start(): Promise<void>
  stop(): Promise<void>
  /** Where the field page is; `undefined` while it is closed. */
  readonly url: string | undefined
}

/** The file in the setup folder whose coming opens the set-up of an accepted terminal once more. */
export const openFile = 'open'
/** The file that tells programs of this machine where the set-up is open. */
export const addressFile = 'address.json'

/** The last state can be read for so long after everything is done, in milliseconds. */
const lingerMs = 10 * 60_000
const openedForMs = 60 * 60_000

/** The technician's part of this agent. */
export const createFieldWork = (parts: SetUpParts): FieldWork => {
  const { config, identity, marks, logger } = parts
  const folder = join(config.dataFolder, 'setup')
  let open: OpenSetup | undefined
  let watcher: ReturnType<typeof watch> | undefined
  let closing: NodeJS.Timeout | undefined
  const stopped = new AbortController()

  const close = async () => {
    clearTimeout(closing)
    const was = open
    open = undefined
    await rm(join(folder, addressFile), { force: true })
    await was?.field.stop()
    await was?.setup.stop()
    was?.door.close()
  }
  const closeAfter = (milliseconds: number) => {
    clearTimeout(closing)
    closing = setTimeout(() => {
      close().catch((error: unknown) => logger.error({ error }, 'the set-up was not closed well'))
    }, milliseconds).unref()
  }
  const begin = async () => {
    if (open !== undefined) return
    // Its code stays unread on a terminal that works.
    const { assembleSetup } = await import('./assembled.ts')
    const made = assembleSetup(parts, folder)
    await made.field.start()
    made.setup.start()
    open = made
    await writeFile(join(folder, addressFile), JSON.stringify({ url: made.field.url }), { mode: 0o600 })
    logger.info({ url: made.field.url }, 'the terminal can be set up')
    closeWhenOver(made.setup).catch((error: unknown) => logger.error({ error }, 'the set-up is not followed'))
  }
  const closeWhenOver = async (setup: Setup) => {
    const wasOver = setup.over
    for await (const _ of setup.changes(stopped.signal)) {
      if (setup.over && !wasOver) return closeAfter(lingerMs)
    }
  }
  const reopen = async () => {
    await rm(join(folder, openFile), { force: true })
    await begin()
    closeAfter(openedForMs)
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await rm(join(folder, addressFile), { force: true })
      const record = openRecord(marks)
      const isNew =
        identity.state.is !== 'accepted' || (record.begun && record.steps.handover.state !== 'done')
      // Without its page a terminal works all the same: another program may hold the port.
      const orTold = (work: Promise<void>) =>
        work.catch((error: unknown) => logger.error({ error }, 'the set-up could not be opened'))
      if (isNew || config.setup.open) await orTold(begin())
      watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === openFile && open === undefined) orTold(reopen()).catch(() => undefined)
      })
    },
    async stop() {
      stopped.abort()
      watcher?.close()
      await close()
    },
    get url() {
      return open?.field.url
    },
  }
}
