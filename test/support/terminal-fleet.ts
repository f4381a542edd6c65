import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { MemoryLocker, Server } from '@tus/server'
import { type AgentConfig, parseConfig } from '../../agent/config.ts'
import type { Credentials, Membership } from '../../agent/link/credentials.ts'
import type { Signer } from '../../fleet/signing/signer.ts'
import { door as paths } from '../../protocol/door.ts'
import { signedText } from '../../protocol/signing.ts'
import { parseTopic, topics } from '../../protocol/topics.ts'
import { scratch } from './agent-parts.ts'
import { signedBody, testSigner } from './signing.ts'
import { type OpenDoor, openDoor } from './terminals-door.ts'

/** One whole upload, as the fleet got it. */
export interface Uploaded {
  readonly metadata: Record<string, string | null>
  readonly bytes: Buffer
}

/** What the fleet is told to do wrong; all of it may be changed at any time. */
export interface Mishaps {
  /** The connection is cut when an upload's PATCH has sent so many bytes, so many times. */
  cutUploadAfter: number
  cuts: number
  /** Answered to uploads in place of taking them. */
  refuseUploads: number | undefined
  /** The connection is cut when a document has sent so many bytes, so many times. */
  cutDocumentAfter: number
  documentCuts: number
}

/** A fleet as a terminal sees it: the real door and broker, a real tus server, and documents from memory. */
export const openTerminalFleet = async (options: Pick<OpenDoor, 'message' | 'admits'> = {}) => {
  const folder = scratch()
  const files = join(folder, 'uploads')
  await mkdir(files)
  const uploads: Uploaded[] = []
  const bands: { readonly path: string; readonly bytes: number }[] = []
  const documents = new Map<string, { readonly mediaType: string; readonly bytes: Buffer }>()
  const requests: string[] = []
  const mishaps: Mishaps = {
    cutUploadAfter: 0,
    cuts: 0,
    refuseUploads: undefined,
    cutDocumentAfter: 0,
    documentCuts: 0,
  }
  const clock = { now: () => Date.now() }
  const watchers: (() => void)[] = []
  const happened = () => {
    for (const watch of watchers.splice(0)) watch()
  }

  const tus = new Server({
    path: paths.uploads,
    datastore: new FileStore({ directory: files }),
    relativeLocation: true,
    // A cut upload lets go of its lock at once: timers of half a minute would outlive the test.
    lockDrainTimeout: 1,
    locker: new MemoryLocker({ acquireLockTimeout: 1000 }),
    namingFunction: (_request, metadata) => `${metadata?.artefact}-${metadata?.part}`,
    onUploadFinish: async (_request, { id, metadata = {} }) => {
      uploads.push({ metadata, bytes: await readFile(join(files, id)) })
      happened()
      return {}
    },
  })
  const takeUpload = (request: IncomingMessage, response: ServerResponse) => {
    if (mishaps.refuseUploads) {
      request.resume()
      response.writeHead(mishaps.refuseUploads).end()
      happened()
      return
    }
    if (request.method !== 'HEAD' && mishaps.cuts > 0) {
      mishaps.cuts -= 1
      let taken = 0
      request.on('data', (piece: Buffer) => {
        taken += piece.length
        if (taken > mishaps.cutUploadAfter) request.socket.destroy()
      })
      // Listening alone would let go of what comes before the tus server reads.
      request.pause()
    }
    void tus.handle(request, response)
  }
  const giveDocument = (request: IncomingMessage, response: ServerResponse) => {
    const document = documents.get((request.url ?? '').slice(paths.document('').length))
    if (!document) return response.writeHead(404).end()
    const { bytes, mediaType } = document
    const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const head = { 'content-type': mediaType, 'content-length': bytes.length - from }
    const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}
    response.writeHead(from > 0 ? 206 : 200, { ...head, ...range })
    if (mishaps.documentCuts > 0) {
      mishaps.documentCuts -= 1
      response.write(bytes.subarray(from, from + mishaps.cutDocumentAfter), () =>
        setTimeout(() => request.socket.destroy(), 20),
      )
      return
    }
    return response.end(bytes.subarray(from))
  }

  let signer = testSigner()
  const opened = await openDoor({
    ...options,
    open: (authority) => {
      const { keys } = signer.keys
      const certified = authority.signKeys(signedText.keys({ keys, issuedAt: 1 }))
      signer = { sign: signer.sign, keys: { keys, issuedAt: 1, ...certified } }
      return (_caller, request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '', 'https://door')
        if (pathname !== paths.keys && pathname !== paths.time) return false
        requests.push(`GET ${pathname}`)
        if (pathname === paths.keys) response.end(JSON.stringify(signer.keys))
        else {
          const signed = { now: clock.now(), nonce: searchParams.get('nonce') ?? '' }
          const signature = signer.sign(signedText.time(signed))
          response.end(JSON.stringify({ ...signed, signature, keys: signer.keys }))
        }
        return true
      }
    },
    http(_identity, request, response) {
      const { method, url = '' } = request
      requests.push(`${method} ${url}`)
      if (url.startsWith(paths.uploads)) return takeUpload(request, response)
      if (url.startsWith(paths.document(''))) return giveDocument(request, response)
      request.on('data', (piece: Buffer) => bands.push({ path: url, bytes: piece.length }))
      request.on('end', () => {
        response.writeHead(204).end()
        happened()
      })
    },
  })

  return {
    ...opened,
    folder,
    uploads,
    bands,
    documents,
    mishaps,
    requests,
    clock,
    /** Resolves when `condition` holds; it is looked at after whatever happens on the HTTPS half, and ten times a second. */
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 100)
          watchers.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
    },
    /** Files left of uploads that are not whole. */
    unfinished: () => readdir(files),
    /** Messages of one kind that this terminal has sent. */
    said: (device: string, kind: string) =>
      opened.messages.flatMap(([from, { topic, payload }]) =>
        from === device && parseTopic(topic)?.kind === kind
          ? [JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>]
          : [],
      ),
    /** From now on the fleet signs with this one. */
    signWith(other: Signer) {
      signer = other
    },
    /** Sends a body to a terminal as the fleet does, signed where it is a message. */
    tell: (device: string, kind: 'command' | 'cancel', id: string, body: object) =>
      opened.broker.publish({
        topic: topics[kind](device, id),
        payload: Buffer.from(JSON.stringify(signedBody(device, body, signer))),
        qos: 1,
        retain: false,
      }),
    /** The configuration of a terminal that this fleet knows, its credentials on the disk. */
    async configure(device: string, changes: object = {}): Promise<AgentConfig> {
      const own = join(folder, device)
      await mkdir(own, { recursive: true })
      const { key, certificate, ca } = await opened.authority.issueTerminal(device)
      const files = { key: join(own, 'key.pem'), certificate: join(own, 'cert.pem'), ca: join(own, 'ca.pem') }
      await writeFile(files.key, key)
      await writeFile(files.certificate, certificate)
      await writeFile(files.ca, ca)
      return parseConfig({
        deviceId: device,
        village: 'Test',
        fleet: { host: '127.0.0.1', port: opened.door.port },
        ...files,
        dataFolder: join(own, 'data'),
        logLevel: 'silent',
        ...changes,
      })
    },
  }
}
export type TerminalFleet = Awaited<ReturnType<typeof openTerminalFleet>>

/** What a terminal of this configuration opens its connections with. */
export const credentialsOf = async (config: AgentConfig): Promise<Credentials> => {
  const { fleet: address, key = '', certificate = '', ca = '' } = config
  if (!address) throw new Error('The fleet is not said')
  const read = (path: string) => readFile(path, 'utf8')
  return {
    address,
    ca: await read(ca),
    own: { key: await read(key), certificate: await read(certificate) },
  }
}

/** A terminal that its fleet lets work at any time. */
export const membershipOf = (device: string, credentials: Credentials): Membership => {
  const member = { device, credentials, outdated: new AbortController().signal }
  return {
    async admitted(signal) {
      signal.throwIfAborted()
      return member
    },
    connected() {},
    failed() {},
  }
}
