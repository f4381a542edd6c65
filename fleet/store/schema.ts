import type { Generated, Insertable, Selectable } from 'kysely'
import type { Admission } from '../../protocol/enrolment.ts'
import type { CommandState } from '../../protocol/messages.ts'
import type { TerminalState } from '../api/schemas.ts'
import type { DowntimeReason } from '../terminals/history.ts'

/** Milliseconds since 1970-01-01T00:00Z. */
type Time = number
/** A JSON document as text. */
type Json = string

/** One service point. */
export interface TerminalsTable {
  id: string
  village: string
  registered_at: Time
  /** When the terminal was last known to be connected; `null` until the first time. */
  last_seen: Time | null
  /** The connection whose presence counts; a will of an older one is ignored. */
  connection: number | null
  boot: string | null
  run: string | null
  agent: string | null
  /** Why it said goodbye, until it is back. */
  farewell: string | null
  /** Capabilities of its last profile. */
  capabilities: Json
  /** The firmware profiles that it uses. */
  profiles: Json | null
  /** Since when it is out of service for good. */
  retired_at: Time | null
}

/** A time in which a terminal was in one state; `until_at` is `null` while it lasts. */
export interface PresenceIntervalsTable {
  id: string
  terminal: string
  state: TerminalState
  from_at: Time
  until_at: Time | null
  reason: DowntimeReason | null
  judged_by: 'terminal' | 'neighbours' | 'person' | null
  note: string | null
  edited_by: string | null
  /** The fleet itself was not there to see from `from_at` to then. */
  unseen_until: Time | null
  /** The regional outage that it is part of. */
  outage: string | null
  /** The run with which the terminal came back. */
  run: string | null
}

/** A time in which a capability of a terminal worked, or did not. */
export interface CapabilityIntervalsTable {
  terminal: string
  capability: string
  from_at: Time
  until_at: Time | null
  ok: number
  detail: string | null
  detected_at: Time | null
}

/** An absence that was announced. */
export interface MaintenanceWindowsTable {
  id: string
  about: 'terminal' | 'village' | 'district' | 'fleet'
  name: string
  from_at: Time
  until_at: Time
  note: string
  created_by: string
}

/** A time in which the fleet itself was there. */
export interface FleetRunsTable {
  id: string
  started_at: Time
  /** It was there until then at least. */
  seen_at: Time
}

/** Where service points stand. */
export interface VillagesTable {
  name: string
  district: string
  /** Degrees of WGS 84. */
  latitude: number | null
  longitude: number | null
}

/** One command: this row is the truth about it. */
export interface CommandsTable {
  id: string
  terminal: string
  name: string
  input: Json
  state: CommandState
  actor: string
  issued_at: Time
  expires_at: Time
  deadline_ms: number
  updated_at: Time
  cancelled_at: Time | null
  progress: Json | null
  pages: Json
  result: Json | null
  error: Json | null
  /** The terminal's last word that came after the final state; it changes nothing. */
  late: Json | null
}

/** A promise that the same key of the same actor leads to the same command. */
export interface IdempotencyKeysTable {
  actor: string
  key: string
  command: string
  /** SHA-256 of terminal, name and input. */
  request: string
  created_at: Time
}

/** A file that the fleet holds; its bytes lie in the data folder by content hash. */
export interface ArtefactsTable {
  id: string
  kind: 'page' | 'document' | 'diagnostics' | 'acceptance'
  media_type: string
  bytes: number
  sha256: string
  preview_sha256: string | null
  preview_bytes: number | null
  created_at: Time
  /** When it is due to be erased. */
  erase_at: Time
  /** When it was erased; the row stays. */
  erased_at: Time | null
  pages: number | null
  command: string | null
  terminal: string | null
  /** Who brought or composed it, where a person or a program did. */
  owner: string | null
}

/** What a technician proved at a terminal, each report once. */
export interface AcceptancesTable {
  id: string
  device: string
  /** Of what the sheet says. */
  hash: string
  received_at: Time
  /** `AcceptanceReport` without its picture. */
  report: Json
  /** The artefact with the signed sheet, and the hash of its bytes. */
  picture: string
  picture_sha256: string
}

/** Things that happened on terminals, each once. */
export interface EventsTable {
  id: string
  terminal: string
  type: string
  at: Time
  received_at: Time
  data: Json
}

/** A person who signs in. */
export interface UsersTable {
  id: string
  name: string
  password: string
  role: Role
  created_at: Time
  /** A JSON list of the villages that the person sees; `null` for all. */
  villages: Json | null
  disabled_at: Time | null
  must_change_password: Generated<number>
  last_sign_in_at: Time | null
}

/** A person who is signed in. Only the hash of the session's secret is kept. */
export interface SessionsTable {
  secret_sha256: string
  user: string
  created_at: Time
  expires_at: Time
  /** By which it is listed and ended. */
  id: string
  /** The browser, as it called itself. */
  agent: string | null
  last_seen_at: Time
  /** When the person last proved who they are. */
  confirmed_at: Time
  /** What the person has to do before anything else. */
  owes: Debt | null
}

/** An authenticator app (RFC 6238). */
export interface TotpsTable {
  user: string
  /** Sealed with the fleet's key, in base64url. */
  secret: string
  created_at: Time
  /** It counts from then on. */
  confirmed_at: Time | null
  /** The time step of the newest code that was taken; none is taken twice. */
  last_step: number
}

/** Codes for the day when the second factor is lost. */
export interface RecoveryCodesTable {
  user: string
  code_sha256: string
}

/** A passkey (WebAuthn). */
export interface PasskeysTable {
  /** The credential's id, in base64url. */
  id: string
  user: string
  name: string
  /** COSE, in base64url. */
  public_key: string
  counter: number
  transports: Json
  created_at: Time
  last_used_at: Time | null
}

/** Challenges that were given out and not yet answered. */
export interface PasskeyChallengesTable {
  challenge_sha256: string
  /** Who wants to add a passkey; `null` when somebody signs in. */
  user: string | null
  expires_at: Time
}

/** Failed attempts to sign in, by a hash of the name or the address. */
export interface SignInFailuresTable {
  who_sha256: string
  count: number
  last_at: Time
  wait_until: Time
}

/** What is asked of everyone of a role; a role without a row follows the default. */
export interface RolePoliciesTable {
  role: Role
  second_factor: number
}

/** A program's way in. Only the hash of the token is kept. */
export interface TokensTable {
  secret_sha256: string
  name: string
  role: Role
  created_at: Time
  expires_at: Time | null
  /** A JSON list of permissions; `null` for all of the role. */
  scopes: Json | null
  /** A JSON list of villages; `null` for all. */
  villages: Json | null
  created_by: string | null
  last_used_at: Time | null
}

/** The right to enrol one terminal, once. Only a keyed hash of the code is kept. */
export interface ClaimsTable {
  id: string
  code_hmac: string
  device: string
  village: string
  /** The machine's serial number: expected from the start, or that of the machine that used the claim. */
  serial: string | null
  /** 1 when it was prepared at the depot: the machine with the expected serial number needs no further acceptance. */
  depot: number
  created_at: Time
  created_by: string
  expires_at: Time
  wrong_tries: number
  withdrawn_at: Time | null
  enrolment: string | null
}

/** One machine that was let into a place. */
export interface EnrolmentsTable {
  id: string
  device: string
  village: string
  serial: string | null
  claim: string | null
  admission: Admission
  reason: string | null
  enrolled_at: Time
  decided_at: Time | null
  decided_by: string | null
}

/** A certificate that was issued; its key belongs to one enrolment for good. */
export interface CertificatesTable {
  serial_number: string
  enrolment: string
  /** Of the whole certificate. */
  sha256: string
  /** Of its public key. */
  key_sha256: string
  /** Serial number of the device authority's certificate. */
  issuer: string
  issued_at: Time
  expires_at: Time
  used_at: Time | null
  superseded_at: Time | null
  pem: string
}

/** What a person or a program is to the fleet. */
export type Role = 'expert' | 'operator' | 'technician' | 'admin' | 'auditor'

/** What somebody who gave the right password still owes: the second factor, a new password, setting up a second factor. */
export type Debt = 'code' | 'password' | 'second-factor'

/** One version of one layer of the configuration; versions are only ever added. */
export interface ConfigurationLayersTable {
  scope: 'fleet' | 'group' | 'village' | 'terminal'
  name: string
  version: number
  content: Json
  actor: string
  at: Time
  note: string | null
}

/** A group of terminals that share a layer. */
export interface ConfigurationGroupsTable {
  name: string
  created_at: Time
}

/** The one group that a terminal is in. */
export interface ConfigurationMembersTable {
  terminal: string
  group_name: string
}

/** One version of the whole configuration of one terminal, and which layer gave each value. */
export interface ConfigurationDocumentsTable {
  terminal: string
  version: number
  hash: string
  content: Json
  origins: Json
  at: Time
}

/** What a terminal said that it has. */
export interface ConfigurationReportsTable {
  terminal: string
  reported: Json | null
  reported_at: Time | null
  /** Since when the terminal does not have what it should have; `null` while it has. */
  drift_since: Time | null
}

/** Firmware profiles that people added, every version; without content one that was taken away. */
export interface ProfilesTable {
  kind: 'mfps' | 'terminals'
  slug: string
  version: number
  content: Json | null
  actor: string
  changed_at: Time
}

/** All profiles at one time, by the SHA-256 of the text. */
export interface ProfileEditionsTable {
  sha256: string
  content: Json
  made_at: Time
}

/** What terminals said of devices that no profile knows; the newest of each. */
export interface DeviceDescriptionsTable {
  terminal: string
  sha256: string
  content: Json
  received_at: Time
}

/** One link of the audit's chain; see `AuditEntry`. */
export interface AuditEntriesTable {
  number: number
  at: Time
  actor: string
  by: 'session' | 'token' | 'nobody' | 'fleet'
  action: string
  subject: string | null
  outcome: string
  about: string | null
  began: number | null
  previous: string
  hash: string
}

/** Where the audit's chain was when the fleet signed it: the newest head, and the checkpoint at which it begins. */
export interface AuditSealsTable {
  kind: 'head' | 'checkpoint'
  number: number
  hash: string
  at: Time
  key: string
  signature: string
}

/** The certified list of keys by which what a key signed in the audit can be verified when the key is long gone. */
export interface AuditKeysTable {
  key: string
  list: Json
}

/** Every version of an alert rule that people changed; without content the release's one holds, or none. */
export interface AlertRulesTable {
  id: string
  version: number
  content: Json | null
  actor: string
  changed_at: Time
}

/** How it goes with one alert rule and what it watches, while there is something to remember. */
export interface AlertCoursesTable {
  rule: string
  subject: string
  content: Json
}

/** Something that needs a person, or needed one. */
export interface IncidentsTable {
  id: string
  state: 'open' | 'acknowledged' | 'resolved'
  opened_at: Time
  cleared_at: Time | null
  resolved_at: Time | null
  /** The incident of the district that took it in. */
  merged_into: string | null
  content: Json
}

/** Where alerts go. */
export interface AlertChannelsTable {
  name: string
  content: Json
  /** Sealed with the fleet's key, in base64url. */
  secret: string | null
  actor: string
  changed_at: Time
}

/** One message for one channel, on its way or delivered. */
export interface AlertOutboxTable {
  id: string
  channel: string
  incident: string
  kind: string
  content: Json
  created_at: Time
  due_at: Time
  tries: number
  /** The id under which it goes out, alone or in a digest; the same at every try. */
  message: string | null
  delivered_at: Time | null
  given_up_at: Time | null
}

/** How far the alerts have read what others write. */
export interface AlertMarksTable {
  name: string
  value: number
}

/** Every table of the fleet. */
export interface Schema {
  terminals: TerminalsTable
  commands: CommandsTable
  idempotency_keys: IdempotencyKeysTable
  acceptances: AcceptancesTable
  artefacts: ArtefactsTable
  events: EventsTable
  users: UsersTable
  sessions: SessionsTable
  tokens: TokensTable
  claims: ClaimsTable
  enrolments: EnrolmentsTable
  certificates: CertificatesTable
  totps: TotpsTable
  recovery_codes: RecoveryCodesTable
  passkeys: PasskeysTable
  passkey_challenges: PasskeyChallengesTable
  sign_in_failures: SignInFailuresTable
  role_policies: RolePoliciesTable
  configuration_layers: ConfigurationLayersTable
  configuration_groups: ConfigurationGroupsTable
  configuration_members: ConfigurationMembersTable
  configuration_documents: ConfigurationDocumentsTable
  configuration_reports: ConfigurationReportsTable
  profiles: ProfilesTable
  profile_editions: ProfileEditionsTable
  device_descriptions: DeviceDescriptionsTable
  presence_intervals: PresenceIntervalsTable
  capability_intervals: CapabilityIntervalsTable
  maintenance_windows: MaintenanceWindowsTable
  fleet_runs: FleetRunsTable
  villages: VillagesTable
  audit_entries: AuditEntriesTable
  audit_seals: AuditSealsTable
  audit_keys: AuditKeysTable
  alert_rules: AlertRulesTable
  alert_courses: AlertCoursesTable
  incidents: IncidentsTable
  alert_channels: AlertChannelsTable
  alert_outbox: AlertOutboxTable
  alert_marks: AlertMarksTable
}

export type TerminalRow = Selectable<TerminalsTable>
export type PresenceIntervalRow = Selectable<PresenceIntervalsTable>
export type CapabilityIntervalRow = Selectable<CapabilityIntervalsTable>
export type MaintenanceWindowRow = Selectable<MaintenanceWindowsTable>
export type CommandRow = Selectable<CommandsTable>
export type ArtefactRow = Selectable<ArtefactsTable>
export type NewArtefactRow = Insertable<ArtefactsTable>
export type UserRow = Selectable<UsersTable>
export type TokenRow = Selectable<TokensTable>
export type ClaimRow = Selectable<ClaimsTable>
export type EnrolmentRow = Selectable<EnrolmentsTable>
export type CertificateRow = Selectable<CertificatesTable>
export type TotpRow = Selectable<TotpsTable>
export type AuditEntryRow = Selectable<AuditEntriesTable>
