import { integers, strings } from './attributes.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { IppError } from './error.ts'
import { type ExchangeLimits, exchange, type SentDocument } from './exchange.ts'
import { type IppAttributes, type IppGroup, type IppMessage, type IppValue, usualLimits } from './message.ts'
import { isSuccessful, type OperationName, operations, statusName } from './status.ts'
import { createTransport, type TransportOptions } from './transport.ts'

/** A job as a printer shall get it. */
export interface JobRequest {
  /** `job-name`; at most 255 bytes. */
  readonly name: string
  /** `document-format`. */
  readonly format: string
  /** Job Template attributes (RFC 8011 5.2). */
  readonly template: IppAttributes
}

/** The client side of one printer object. All methods throw `IppError` or the signal's reason. */
export interface IppClient {
  readonly uri: string
  /** The attributes that the printer has of those asked for; group names such as `printer-description` count. */
  getPrinterAttributes(requested: readonly string[], signal: AbortSignal): Promise<IppAttributes>
  /** Asks whether such a job would be taken; nothing is printed. */
  validateJob(job: JobRequest, signal: AbortSignal): Promise<void>
  /** Sends job and document at once; resolves to the job-id. `standsStill` as with an exchange. */
  printJob(job: JobRequest, file: string, signal: AbortSignal, standsStill?: StandsStill): Promise<number>
  /** Makes a job without a document; resolves to the job-id. */
  createJob(job: JobRequest, signal: AbortSignal): Promise<number>
  /** Sends the only document of a job. `standsStill` as with an exchange. */
  sendDocument(
    id: number,
    job: JobRequest,
    file: string,
    signal: AbortSignal,
    standsStill?: StandsStill,
  ): Promise<void>
  getJobAttributes(id: number, requested: readonly string[], signal: AbortSignal): Promise<IppAttributes>
  cancelJob(id: number, signal: AbortSignal): Promise<void>
  resumePrinter(signal: AbortSignal): Promise<void>
}

type StandsStill = SentDocument['standsStill']

/** What a client may take; `user` is the `requesting-user-name`. */
export interface IppClientOptions extends TransportOptions {
  readonly user?: string
  /** For exchanges without a document. */
  readonly limits?: Partial<ExchangeLimits>
  /** How long the printer may take for a document, in milliseconds. */
  readonly documentMs?: number
  /** How long a document may stand still before `standsStill` is asked, in milliseconds; `silenceMs` unless told. */
  readonly stillMs?: number
}

type Attribute = readonly [name: string, values: readonly IppValue[]]

const usualExchange: ExchangeLimits = { silenceMs: 15_000, totalMs: 30_000, answerBytes: usualLimits.bytes }

/** A client for `ipp://host[:port]/path` (RFC 3510) and `ipps:` (RFC 7472). Throws `IppError` of kind `invalid` for another URI. */
export const createIppClient = (uri: string, options: IppClientOptions = {}): IppClient => {
  const address = parseUri(uri)
  const transport = createTransport(address.protocol === 'ipps:', options)
  const limits = { ...usualExchange, ...options.limits }
  const { documentMs = 30 * 60_000, stillMs = limits.silenceMs } = options
  const documentLimits = { ...limits, silenceMs: stillMs, totalMs: documentMs }
  let lastRequest = 0

  /** One operation: the reply's groups, once the printer has said that it did it. */
  const ask = async (
    operation: OperationName,
    own: readonly Attribute[],
    signal: AbortSignal,
    rest: { readonly job?: number; readonly template?: IppAttributes; readonly document?: SentDocument } = {},
  ): Promise<readonly IppGroup[]> => {
    const requestId = (lastRequest % 0x7fffffff) + 1
    lastRequest = requestId
    // RFC 8011 4.1.4, 4.1.5: charset and language first, then the target.
    const common: Attribute[] = [
      ['attributes-charset', [{ tag: 'charset', value: 'utf-8' }]],
      ['attributes-natural-language', [{ tag: 'naturalLanguage', value: 'en' }]],
      ['printer-uri', [{ tag: 'uri', value: uri }]],
    ]
    const target = rest.job === undefined ? [] : [['job-id', [{ tag: 'integer', value: rest.job }]] as const]
    const user = ['requesting-user-name', [name(options.user ?? 'anonymous')]] as const
    const groups: IppGroup[] = [
      {
        tag: 'operation',
        attributes: new Map<string, readonly IppValue[]>([...common, ...target, user, ...own]),
      },
    ]
    if (rest.template && rest.template.size > 0) groups.push({ tag: 'job', attributes: rest.template })
    const message = encodeMessage({
      version: [2, 0],
      code: operations[operation],
      requestId,
      groups,
    })
    const bytes = await exchange(
      transport,
      address,
      message,
      rest.document,
      rest.document === undefined ? limits : documentLimits,
      signal,
    )
    const reply = decodeMessage(bytes, { ...usualLimits, bytes: limits.answerBytes }).message
    if (reply.requestId !== requestId) {
      throw new IppError('malformed', 'The answer belongs to another request')
    }
    if (!isSuccessful(reply.code)) throw refusal(operation, reply)
    return reply.groups
  }

  return {
    uri,
    async getPrinterAttributes(requested, signal) {
      const groups = await ask('Get-Printer-Attributes', [requestedAttributes(requested)], signal)
      return attributesOf(groups, 'printer')
    },
    async validateJob(job, signal) {
      await ask('Validate-Job', [jobName(job), documentFormat(job)], signal, { template: job.template })
    },
    async printJob(job, file, signal, standsStill) {
      const own = [jobName(job), documentFormat(job)]
      const document = { file, standsStill }
      return jobIdOf(await ask('Print-Job', own, signal, { template: job.template, document }))
    },
    async createJob(job, signal) {
      return jobIdOf(await ask('Create-Job', [jobName(job)], signal, { template: job.template }))
    },
    async sendDocument(id, job, file, signal, standsStill) {
      const last: Attribute = ['last-document', [{ tag: 'boolean', value: true }]]
      await ask('Send-Document', [documentFormat(job), last], signal, {
        job: id,
        document: { file, standsStill },
      })
    },
    async getJobAttributes(id, requested, signal) {
      const groups = await ask('Get-Job-Attributes', [requestedAttributes(requested)], signal, { job: id })
      return attributesOf(groups, 'job')
    },
    async cancelJob(id, signal) {
      await ask('Cancel-Job', [], signal, { job: id })
    },
    async resumePrinter(signal) {
      await ask('Resume-Printer', [], signal)
    },
  }
}

/** The address of a printer object; without a port it is 631 (RFC 3510, RFC 7472). */
const parseUri = (uri: string): URL => {
  const address = URL.canParse(uri) ? new URL(uri) : undefined
  if (!/^ipps?:$/.test(address?.protocol ?? '') || !address?.hostname || address.username !== '') {
    throw new IppError('invalid', 'The printer is not given as ipp://host:port/path or ipps:')
  }
  return address
}

const name = (value: string): IppValue => ({ tag: 'nameWithoutLanguage', value })
const jobName = (job: JobRequest): Attribute => ['job-name', [name(job.name)]]
const documentFormat = (job: JobRequest): Attribute => [
  'document-format',
  [{ tag: 'mimeMediaType', value: job.format }],
]
const requestedAttributes = (requested: readonly string[]): Attribute => [
  'requested-attributes',
  requested.map((value) => ({ tag: 'keyword', value })),
]

const attributesOf = (groups: readonly IppGroup[], tag: IppGroup['tag']): IppAttributes =>
  groups.find((group) => group.tag === tag)?.attributes ?? new Map()

const jobIdOf = (groups: readonly IppGroup[]): number => {
  const [id] = integers(attributesOf(groups, 'job'), 'job-id')
  if (id === undefined || id < 1)
    throw new IppError('malformed', 'The printer took a job and gave it no number')
  return id
}

const refusal = (operation: OperationName, reply: IppMessage): IppError => {
  const [text] = strings(attributesOf(reply.groups, 'operation'), 'status-message')
  const status = statusName(reply.code)
  const said = text === undefined ? '' : `: ${text.slice(0, 200)}`
  return new IppError('status', `${operation} was answered with ${status}${said}`, { status })
}
