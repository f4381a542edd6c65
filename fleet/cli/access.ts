import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './exit.ts'

/** Where the fleet is and how it knows us. */
export interface Access {
  readonly url: string
  readonly token?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** What `make run` writes down for programs on the same machine. */
const readRun = async (folder: string): Promise<Partial<Access>> => {
  const text = await readFile(join(folder, 'run.json'), 'utf8').catch(() => '{}')
  try {
    const run = JSON.parse(text) as Record<string, unknown> | null
    return {
      ...(typeof run?.url === 'string' && { url: run.url }),
      ...(typeof run?.token === 'string' && { token: run.token }),
    }
  } catch (cause) {
    throw new UsageError(`${join(folder, 'run.json')} is not JSON`, { cause })
  }
}

/**
 * The fleet's address and token: options first, then AVYL_URL and AVYL_TOKEN, then run.json of AVYL_DATA_DIR (`.avyl`).
 * The token of run.json goes to the address of run.json alone. Throws `UsageError` when no address is known.
 */
export const findAccess = async (
  options: { readonly url?: string; readonly token?: string },
  environment: Environment,
): Promise<Access> => {
  const run = await readRun(environment.AVYL_DATA_DIR || '.avyl')
  const url = (options.url ?? (environment.AVYL_URL || run.url))?.replace(/\/+$/, '')
  if (url === undefined) throw new UsageError('No fleet is known: give --url, set AVYL_URL or start one')
  if (!URL.canParse(url)) throw new UsageError(`${url} is not an address`)
  const token = options.token ?? (environment.AVYL_TOKEN || (url === run.url ? run.token : undefined))
  return { url, ...(token !== undefined && { token }) }
}
