import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Device, DeviceJob } from './device.ts'
import { capabilitiesDocument, maxHeight, readSettings, statusDocument } from './escl-documents.ts'

const maxSettingsBytes = 64 * 1024
const tickMs = 20
const errorPage = '<html><body><h1>Error 500</h1>The job could not be read.</body></html>'

/** Reads a body of at most this many bytes; `undefined` when it is larger. */
export const readBody = async (incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> => {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of incoming) {
    length += piece.length
    if (length > maxBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** Answers what is below `/eSCL/` as a scanner does, with the device's fault. */
export const answerEscl = async (
  device: Device,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> => {
  const path = (incoming.url ?? '').replace(/^\/eSCL\//, '').replace(/[/?#\s]+$/, '')
  const job = /^ScanJobs\/([0-9a-f-]{36})(\/NextDocument)?$/.exec(path)
  if (!device.answersOn(incoming.socket)) return
  const dead = device.fault?.kind === 'dead-socket' ? device.fault.at : undefined
  if (incoming.method === 'GET' && path === 'ScannerCapabilities') {
    if (dead !== 'capabilities') sendXml(answer, capabilitiesDocument('Avyl Virtual MFP', device.uuid))
  } else if (incoming.method === 'GET' && path === 'ScannerStatus') {
    if (dead !== 'status') sendXml(answer, status(device))
  } else if (incoming.method === 'POST' && path === 'ScanJobs') {
    if (dead !== 'job') await createJob(device, incoming, answer)
  } else if (incoming.method === 'DELETE' && job?.[2] === undefined && job?.[1] !== undefined) {
    deleteJob(device, job[1], answer)
  } else if (incoming.method === 'GET' && job?.[2] !== undefined) {
    if (dead !== 'document') await nextDocument(device, job[1], answer)
  } else {
    send(answer, 404)
  }
}

const send = (answer: ServerResponse, status: number, headers: Record<string, string> = {}): void => {
  answer.writeHead(status, { 'content-length': '0', ...headers }).end()
}

const sendXml = (answer: ServerResponse, document: string): void => {
  answer.writeHead(200, { 'content-type': 'text/xml; charset=UTF-8' }).end(document)
}

const status = (device: Device): string => {
  const { running, adfState } = device
  if (device.deniesJobs) return statusDocument('Idle', adfState, [])
  const stopped = adfState === 'ScannerAdfHatchOpen' || adfState === 'ScannerAdfJam'
  return statusDocument(
    running !== undefined ? 'Processing' : stopped ? 'Stopped' : 'Idle',
    adfState,
    device.jobs.toReversed().map((job) => ({
      path: `/eSCL/ScanJobs/${job.id}`,
      uuid: job.id,
      state: job.state,
      completed: job.completed,
      toTransfer: job.state === 'Processing' ? 1 : 0,
      age: Math.round((performance.now() - job.begun) / 1000),
    })),
  )
}

const createJob = async (
  device: Device,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> => {
  const body = await readBody(incoming, maxSettingsBytes)
  const request = body === undefined ? undefined : readSettings(body.toString('utf8'))
  const { fault } = device
  if (request === undefined) return send(answer, 400)
  const inTheWay = fault?.kind === 'busy-503' && fault.at !== 'document' && device.strikes('busy-503')
  if (inTheWay || device.hangs || device.running !== undefined) {
    const seconds = fault?.kind === 'busy-503' ? (fault.retryAfterSeconds ?? 0) : 0
    return send(answer, 503, { 'retry-after': `${seconds}` })
  }
  if (fault?.kind === 'cover-open') return send(answer, 409)
  if (request.source === 'Feeder' && device.adfState === 'ScannerAdfEmpty') return send(answer, 409)
  const job = device.begin(request)
  const path = `/eSCL/ScanJobs/${job.id}`
  if (breaks(device, request)) device.end(job, 'Aborted')
  const form = fault?.kind === 'location' ? fault.form : undefined
  if (form === 'missing') return send(answer, 201)
  const written =
    form === 'relative'
      ? `ScanJobs/${job.id}`
      : form === 'other-host'
        ? `https://mfp-17.invalid:9095${path}`
        : `http://${incoming.headers.host ?? 'localhost'}${path}`
  send(answer, 201, { location: written })
}

const breaks = ({ fault }: Device, { source, dpi, width }: DeviceJob['request']): boolean =>
  fault?.kind === 'breaks-beyond' &&
  (fault.source ?? source) === source &&
  (dpi > (fault.dpi ?? Number.POSITIVE_INFINITY) || width > (fault.width ?? Number.POSITIVE_INFINITY))

const deleteJob = (device: Device, id: string, answer: ServerResponse): void => {
  const job = device.jobs.find((one) => one.id === id)
  if (job !== undefined) device.end(job, 'Canceled')
  send(answer, job === undefined ? 404 : 200)
}

const nextDocument = async (
  device: Device,
  id: string | undefined,
  answer: ServerResponse,
): Promise<void> => {
  const job = device.jobs.find((one) => one.id === id)
  const { fault } = device
  if (job === undefined || job.state !== 'Processing') return send(answer, 404)
  device.touch()
  if (fault?.kind === 'panel-press') return send(answer, 404)
  if (fault?.kind === 'early-404' && device.strikes('early-404')) return send(answer, 404)
  if (fault?.kind === 'busy-503' && fault.at === 'document' && device.strikes('busy-503')) {
    return send(answer, 503, { 'retry-after': `${fault.retryAfterSeconds ?? 0}` })
  }
  if (fault?.kind === 'error-body-200' && device.strikes('error-body-200')) {
    answer.writeHead(200, { 'content-type': 'text/html' }).end(errorPage)
    return
  }
  const jams = fault?.kind === 'jam' && job.request.source === 'Feeder' && job.completed >= fault.afterPage
  const drawn = device.draw(job)
  if (drawn === undefined) {
    device.end(job, 'Completed')
    return send(answer, 404)
  }
  const picture = await device.picture(drawn.sheet, job.request)
  const sent = await sendPicture(device, job, answer, picture, jams)
  device.touch()
  if (jams) device.end(job, 'Aborted')
  else if (!sent) device.end(job, 'Canceled')
  else {
    job.completed += 1
    if (job.request.source === 'Platen') device.end(job, 'Completed')
  }
}

/** Sends the page at the scanner's speed; whether all of it was taken. */
const sendPicture = async (
  device: Device,
  job: DeviceJob,
  answer: ServerResponse,
  picture: Buffer,
  jams: boolean,
): Promise<boolean> => {
  const { fault } = device
  const truncated = fault?.kind === 'truncated-body' ? fault.how : undefined
  const half = Math.floor(picture.length / 2)
  const declared = fault?.kind === 'wrong-mime' ? otherThan(job.request.format) : job.request.format
  const length = truncated === 'content-length' ? { 'content-length': `${picture.length}` } : {}
  answer.writeHead(200, { 'content-type': declared, ...length })
  const broken = truncated !== undefined || jams || (fault?.kind === 'dead-socket' && fault.at === 'body')
  job.abort = () => answer.destroy()
  job.sending = true
  const whole = await paced(answer, broken ? picture.subarray(0, half) : picture, device, job)
  if (!whole) return false
  if (fault?.kind === 'dead-socket' && fault.at === 'body') {
    await closed(answer)
    return false
  }
  if (fault?.kind === 'endless-body') return endless(answer)
  if (jams || (truncated !== undefined && truncated !== 'picture')) {
    // What was scanned so far reaches the client before the connection closes.
    answer.socket?.destroySoon()
    return false
  }
  job.abort = () => undefined
  answer.end()
  await closed(answer)
  job.sending = !answer.writableFinished
  return answer.writableFinished
}

const otherThan = (format: string): string => (format === 'image/jpeg' ? 'image/png' : 'image/jpeg')

const paced = async (
  answer: ServerResponse,
  bytes: Buffer,
  { speed }: Device,
  { request }: DeviceJob,
): Promise<boolean> => {
  const seconds =
    speed.bytesPerSecond !== undefined
      ? bytes.length / speed.bytesPerSecond
      : ((speed.pageSeconds ?? 0) * request.height) / maxHeight
  const begun = performance.now()
  for (let sent = 0; sent < bytes.length; ) {
    if (answer.destroyed) return false
    const due = seconds === 0 ? 1 : Math.min(1, (performance.now() - begun) / (seconds * 1000))
    const until = Math.ceil(bytes.length * due)
    if (until > sent && !answer.write(bytes.subarray(sent, until))) {
      await drained(answer)
    }
    sent = until
    if (sent < bytes.length) await pause(tickMs)
  }
  return !answer.destroyed
}

const closed = (answer: ServerResponse): Promise<void> => finished(answer).catch(() => undefined)

const drained = (answer: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      answer.off('drain', done).off('close', done)
      resolve()
    }
    answer.on('drain', done).on('close', done)
  })

const endless = async (answer: ServerResponse): Promise<boolean> => {
  const zeros = Buffer.alloc(64 * 1024)
  while (!answer.destroyed) {
    if (!answer.write(zeros)) await drained(answer)
  }
  return false
}
