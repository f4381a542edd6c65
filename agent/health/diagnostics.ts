import os from 'node:os'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { SelfTestOutput } from '../../protocol/capabilities/terminal.ts'
import type { CapabilityReport } from '../../protocol/messages.ts'
import type { LogRing } from './log.ts'
import { redactText } from './redaction.ts'

/** What a bundle is made of. */
export interface DiagnosticsParts {
  readonly deviceId: string
  readonly versions: Readonly<Record<string, string>>
  readonly logs: LogRing
  readonly reports: Readonly<Record<string, CapabilityReport>>
  readonly selftest: SelfTestOutput
  readonly now: number
}

/** A gzipped JSON document (RFC 1952, RFC 8259) of what helps to find a fault, without personal data. */
export const diagnosticsBundle = async (parts: DiagnosticsParts): Promise<Uint8Array> => {
  const { logs, now, ...rest } = parts
  const bundle = {
    made: new Date(now).toISOString(),
    ...rest,
    machine: {
      platform: `${os.platform()} ${os.release()} ${os.arch()}`,
      uptimeSeconds: Math.round(os.uptime()),
      load: os.loadavg(),
      memory: { total: os.totalmem(), free: os.freemem(), agent: process.memoryUsage.rss() },
      node: process.version,
    },
    logs: logs.lines().map((line) => line.trimEnd()),
  }
  return await promisify(gzip)(redactText(JSON.stringify(bundle, undefined, 1)))
}
