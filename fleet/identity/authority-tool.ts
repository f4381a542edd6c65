import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installAuthority, requestAuthority, retireAuthority } from './authority-folder.ts'
import { issueAuthority, makeRoot, readIssuer } from './certificates.ts'
import { readRequest } from './request.ts'
import { dayMs, longLife, renewalGraceMs, terminalDays } from './validity.ts'

/** For so long a terminal that was off may come back with a certificate of the old authority, and get one of the new. */
const renewableDays = terminalDays + renewalGraceMs / dayMs

const usage = `Makes and changes the authorities behind the terminals' certificates.

On a machine that is never connected:
  authority.ts root --folder <root>                      a root: root.key (keep it there) and root.crt
  authority.ts sign --folder <root> --request <file>     the certificate for a device authority's request

On the fleet's machine, with the fleet's folder "authority":
  authority.ts request --folder <authority>              a key, and the request for its certificate
  authority.ts install --folder <authority> --certificate <file> --root <file>
  authority.ts retire --folder <authority> --id <serial number>

Requests and certificates go to standard output. The fleet follows at its next start. After "install" both authorities
are trusted; "retire" the old one when every terminal has renewed its certificate. ${renewableDays} days after that start no
certificate of the old one can be renewed any more.
`

/** A command line that cannot be understood; the text says why, and how it is used. */
export class AuthorityUsage extends Error {
  override readonly name = 'AuthorityUsage'

  constructor(text: string) {
    super(`${text}\n\n${usage}`)
  }
}

const options = {
  folder: { type: 'string' },
  request: { type: 'string' },
  certificate: { type: 'string' },
  root: { type: 'string' },
  id: { type: 'string' },
} as const

/**
 * Runs one command line at this time (milliseconds since 1970); gives what is to be said. Throws `AuthorityUsage`, or
 * what is wrong with the files.
 */
export const runAuthority = async (args: readonly string[], now = Date.now()): Promise<string> => {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const need = (name: keyof typeof options): string => {
    const value = values[name]
    if (value === undefined) throw new AuthorityUsage(`--${name} is needed`)
    return value
  }
  const read = (name: keyof typeof options): Promise<string> => readFile(need(name), 'utf8')

  const acts = new Map<string | undefined, () => Promise<string>>([
    ['root', () => makeRootFiles(need('folder'), now)],
    ['sign', async () => signRequest(need('folder'), await read('request'), now)],
    ['request', () => requestAuthority(need('folder'))],
    [
      'install',
      async () => {
        await installAuthority(need('folder'), await read('certificate'), await read('root'))
        return 'Installed. Start the fleet anew.'
      },
    ],
    [
      'retire',
      async () => {
        await retireAuthority(need('folder'), need('id'))
        return 'Retired. Start the fleet anew.'
      },
    ],
  ])
  const act = acts.get(positionals[0])
  if (!act) throw new AuthorityUsage('What shall be done?')
  return `${(await act()).trim()}\n`
}

const makeRootFiles = async (folder: string, now: number): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { key, certificate } = await makeRoot('Avyl root', longLife(now))
  // A root that is there already is not overwritten.
  await writeFile(join(folder, 'root.key'), `${key}\n`, { mode: 0o600, flag: 'wx' })
  await writeFile(join(folder, 'root.crt'), `${certificate}\n`, { flag: 'wx' })
  return certificate
}

const signRequest = async (folder: string, request: string, now: number): Promise<string> => {
  const { publicKey } = await readRequest(request)
  const key = await readFile(join(folder, 'root.key'), 'utf8')
  const certificate = await readFile(join(folder, 'root.crt'), 'utf8')
  return issueAuthority(
    await readIssuer({ key, certificate }),
    'Avyl device authority',
    publicKey,
    longLife(now),
  )
}
