import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Incident } from '../api/incident-schemas.ts'
import { IncidentState, Severity } from '../api/incident-schemas.ts'
import { type Terminal, TerminalState } from '../api/schemas.ts'
import type { Database } from '../store/database.ts'

/** What the gauges read when somebody asks. */
export interface GaugeSources {
  readonly database: Database
  readonly terminals: { list(): readonly Pick<Terminal, 'state'>[] }
  readonly broker: { connected(): ReadonlySet<string> }
  /** The incidents that are not resolved. */
  readonly incidents?: () =>
    | readonly Pick<Incident, 'severity' | 'state'>[]
    | Promise<readonly Pick<Incident, 'severity' | 'state'>[]>
  /** The files of each store. */
  readonly files: Readonly<Record<string, readonly string[]>>
  /** The fleet's own certificates by what they are for, PEM. */
  readonly certificates: () => Readonly<Record<string, string>>
}

const bytesOf = async (files: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** What the fleet holds and how it stands, read whenever somebody asks. Labels are words of ours, never a terminal's. */
export const addGauges = (registry: Registry, sources: GaugeSources): void => {
  const { database, terminals, broker, incidents, files, certificates } = sources
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ) => {
    new Gauge<L>({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        await collect(this)
      },
    })
  }

  gauge('avyl_terminals', 'Terminals by state.', ['state'], (states) => {
    for (const state of TerminalState.enum) states.set({ state }, 0)
    for (const { state } of terminals.list()) states.inc({ state })
  })
  gauge('avyl_broker_connections', 'Terminals that are connected to the broker.', [], (connections) => {
    connections.set(broker.connected().size)
  })
  gauge('avyl_incidents', 'Incidents that are not resolved.', ['severity', 'state'], async (open) => {
    for (const severity of Severity.enum) {
      for (const state of IncidentState.enum) if (state !== 'resolved') open.set({ severity, state }, 0)
    }
    for (const { severity, state } of (await incidents?.()) ?? []) open.inc({ severity, state })
  })
  gauge('avyl_store_bytes', 'What a store takes on the disk.', ['store'], async (bytes) => {
    for (const [store, paths] of Object.entries(files)) bytes.set({ store }, await bytesOf(paths))
    const held = await database
      .selectFrom('artefacts')
      .select(({ fn }) => fn.sum<number | string | null>('bytes').as('bytes'))
      .where('erased_at', 'is', null)
      .executeTakeFirst()
    bytes.set({ store: 'artefacts' }, Number(held?.bytes ?? 0))
  })
  gauge('avyl_certificate_expiry_timestamp_seconds', 'When a certificate ends.', ['holder'], async (ends) => {
    for (const [holder, pem] of Object.entries(certificates())) {
      ends.set({ holder }, Date.parse(new X509Certificate(pem).validTo) / 1000)
    }
    const next = await database
      .selectFrom('certificates')
      .innerJoin('enrolments', 'enrolments.id', 'certificates.enrolment')
      .select(({ fn }) => fn.min('certificates.expires_at').as('at'))
      .where('enrolments.admission', '=', 'accepted')
      .where('certificates.superseded_at', 'is', null)
      .where('certificates.used_at', 'is not', null)
      .executeTakeFirst()
    if (next?.at != null) ends.set({ holder: 'terminal' }, Number(next.at) / 1000)
  })
}
