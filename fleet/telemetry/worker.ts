import { parentPort, workerData } from 'node:worker_threads'
import { Archive } from './archive.ts'
import type { Reply, Request, RequestName, Requests, TelemetryStore } from './requests.ts'
import { openSqliteTables, putAside } from './sqlite-tables.ts'
import { type Tables, TelemetryDamaged } from './tables.ts'

// The thread that keeps the vitals: whatever their tables take, no command waits for it.

const store = workerData as TelemetryStore
const tell = (reply: Reply): void => parentPort?.postMessage(reply)

const openTables = async (): Promise<Tables> => {
  if ('file' in store) return openSqliteTables(store.file)
  const { openPostgresTables } = await import('./postgres-tables.ts')
  return openPostgresTables(store.postgres)
}

const open = async (): Promise<Archive> => {
  const tables = await openTables()
  try {
    return await Archive.open(tables)
  } catch (error) {
    await tables.close()
    throw error
  }
}

let opening: Promise<Archive> | undefined

/** Begins anew where the file is damaged. Others may have found the same damage: the first one sees to it. */
const renew = async (damaged: Promise<Archive>): Promise<void> => {
  if (opening !== damaged || !('file' in store)) return
  opening = undefined
  const { file } = store
  const before = await damaged.catch(() => undefined)
  await before?.close().catch(() => undefined)
  tell({ aside: putAside(file) })
}

type Acts = {
  readonly [Name in RequestName]: (archive: Archive, ask: Requests[Name]['ask']) => Promise<unknown>
}

const acts: Acts = {
  keep: (archive, batch) => archive.keep(batch),
  series: (archive, { query, now }) => archive.series(query, now),
  newest: (archive) => archive.newest(),
  tend: (archive, { now }) => archive.tend(now),
  close: (archive) => archive.close(),
}

const perform = async <Name extends RequestName>({ name, ask }: Request<Name>): Promise<unknown> => {
  opening ??= open()
  const used = opening
  try {
    return await acts[name](await used, ask)
  } catch (error) {
    if (!(error instanceof TelemetryDamaged)) {
      // A store that could not be opened may be there the next time.
      if (opening === used)
        await used.catch(() => {
          opening = undefined
        })
      throw error
    }
    await renew(used)
    opening ??= open()
    return acts[name](await opening, ask)
  }
}

parentPort?.on('message', (request: Request) => {
  const { id } = request
  perform(request).then(
    (answer) => tell({ id, answer } as Reply),
    (error: unknown) => tell({ id, error: String(error) }),
  )
})
