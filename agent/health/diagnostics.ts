import os from 'node:os'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { SelfTestOutput } from '../../protocol/capabilities/terminal.ts'
import type { Configuration } from '../../protocol/configuration.ts'
import type { CapabilityReport, ProfileMessage } from '../../protocol/messages.ts'
import type { AgentConfig } from '../config.ts'
import type { LogRing } from './log.ts'
import { redactText } from './redaction.ts'
import type { Evidence } from './selftest-rounds.ts'
import type { Values } from './vitals/reader.ts'

/** What a bundle is made of. */
export interface DiagnosticsParts {
  readonly deviceId: string
  readonly versions: Readonly<Record<string, string>>
  readonly logs: LogRing
  readonly reports: Readonly<Record<string, CapabilityReport>>
  readonly selftest: SelfTestOutput
  /** What the rounds of self-tests found last. */
  readonly evidence: readonly Evidence[]
  /** The profiles in use. */
  readonly profiles: ProfileMessage['profiles']
  readonly vitals: Values
  /** What the fleet wants, and what the terminal was set up with. */
  readonly configuration: Configuration
  readonly setUp: AgentConfig
  readonly now: number
}

/** What a terminal was set up with, but for what lets it in: its claim, and where its keys lie. */
const withoutSecrets = ({ claim, key, certificate, identity, setup, ...rest }: AgentConfig) => rest

/** A gzipped JSON document (RFC 1952, RFC 8259) of what helps to find a fault, without personal data. */
export const diagnosticsBundle = async (parts: DiagnosticsParts): Promise<Uint8Array> => {
  const { logs, now, setUp, ...rest } = parts
  const bundle = {
    made: new Date(now).toISOString(),
    ...rest,
    setUp: withoutSecrets(setUp),
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
