import { constants, openAsBlob } from 'node:fs'
import { access, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, parse } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { ApiProblem } from '../web/api.ts'
import { UsageError } from './exit.ts'
import type { Shell } from './shell.ts'

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
]

/** File name endings by media type. */
export const endings: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/gzip': 'tar.gz',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/tiff': 'tif',
}

/** Sends a file to the fleet as what its first bytes say it is. */
export const sendFile = async (shell: Shell, file: string) => {
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read`, { cause })
  })
  const blob = await openAsBlob(file)
  const start = new Uint8Array(await blob.slice(0, 8).arrayBuffer())
  const [mediaType] = signatures.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte)) ?? []
  if (mediaType === undefined) throw new ApiProblem('unsupported-media-type', 'Not a PDF, JPEG or PNG')
  return shell.api.upload(blob, mediaType)
}

const notReadyTries = 20

const askFor = async (shell: Shell, path: string): Promise<Response> => {
  for (let tries = 1; ; tries++) {
    try {
      return await shell.api.send('GET', path)
    } catch (problem) {
      const early = problem instanceof ApiProblem && problem.code === 'not-ready'
      if (!early || tries === notReadyTries) throw problem
      await wait(500)
    }
  }
}

/**
 * Brings an artefact, or its small picture, into a file, whole or not at all; `-` is standard output. Without a name
 * the file is named by its id and kind. Returns the file's name. Throws as `bringBody`.
 */
export const bringFile = async (
  shell: Shell,
  artefact: string,
  name?: string,
  part: 'original' | 'preview' = 'original',
): Promise<string> => {
  const isPreview = part === 'preview'
  const path = `/artefacts/${encodeURIComponent(artefact)}`
  const response = await askFor(shell, isPreview ? `${path}/preview` : path)
  const mediaType = response.headers.get('content-type')?.split(';')[0] ?? ''
  const file = name ?? `${artefact}${isPreview ? '-preview' : ''}.${endings[mediaType] ?? 'bin'}`
  await bringBody(shell, response, file)
  return file
}

const partOf = (file: string): string => `${file}.part`

/** Throws `UsageError` where no file can be written under this name; asked before work begins that shall end there. */
export const checkPlace = async (file: string): Promise<void> => {
  if (file === '-') return
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const fault = isFolder
    ? new Error('It is a folder')
    : await access(dirname(partOf(file)), constants.W_OK).catch((cause: unknown) => cause)
  if (fault !== undefined) throw new UsageError(`${file} cannot be written`, { cause: fault })
}

/** The bytes of an answer. Throws `ApiProblem` (`unreachable`) where they break off. */
async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of response.body ?? []) yield bytes
  } catch (cause) {
    throw new ApiProblem('unreachable', 'The file broke off', cause)
  }
}

/**
 * Brings what was answered into a file, whole or not at all; `-` is standard output. Throws `UsageError`, `ApiProblem`
 * (`unreachable`), and the disk's own error where it cannot take the file.
 */
export const bringBody = async (
  shell: Pick<Shell, 'output'>,
  response: Response,
  file: string,
): Promise<void> => {
  if (file === '-') return pipeline(bytesOf(response), shell.output, { end: false })
  await checkPlace(file)
  const part = partOf(file)
  const handle = await open(part, 'w', 0o600)
  try {
    await pipeline(bytesOf(response), handle.createWriteStream())
    await rename(part, file)
  } catch (fault) {
    await rm(part, { force: true })
    throw fault
  }
}

/** `page.jpg` becomes `page-2.jpg`. */
export const numbered = (file: string, number: number, count: number): string => {
  if (count === 1 || file === '-') return file
  const { dir, name, ext } = parse(file)
  return `${dir && `${dir}/`}${name}-${number}${ext}`
}
