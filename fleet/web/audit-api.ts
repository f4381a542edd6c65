import type { AuditEntry, AuditHead, AuditVerdict } from '../api/audit-schemas.ts'
import { type Api, readJson } from './api.ts'

/** Which acts are asked for, as the query of `GET /audit`. */
export type AuditQuery = Partial<Record<'from' | 'to' | 'actor' | 'action' | 'after' | 'limit', string>>

/** Who did what. Every function throws `ApiProblem` only. */
export const createAuditApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    list: (query: AuditQuery = {}) =>
      readJson<readonly AuditEntry[]>(send('GET', `/audit?${new URLSearchParams(query)}`)),
    verify: () => readJson<AuditVerdict>(send('GET', '/audit/verify')),
    head: () => readJson<AuditHead>(send('GET', '/audit/head')),
    /** The export as it comes; it can be long. */
    export: () => send('GET', '/audit/export'),
  }) as const
