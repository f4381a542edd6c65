import { type TProperties, Type } from 'typebox'

/** The largest body of an MQTT message, in bytes. Scans, photos and bundles go by HTTPS. */
export const maxBodyBytes = 64 * 1024

/** A UUID version 7 (RFC 9562), as commands, artefacts and events are named. */
export const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
export const Uuid = Type.String({ pattern: uuidPattern, description: 'UUID (RFC 9562)' })

/** Milliseconds since 1970-01-01T00:00Z. */
export const Timestamp = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** What every body from a terminal carries beside its own fields. */
export const upEnvelope = {
  v: Type.Literal(1, { description: 'Version of the wire' }),
  ts: Timestamp,
  boot: Type.String({ maxLength: 64, description: "The operating system's boot id" }),
  run: Type.String({ maxLength: 64, description: "The agent process's run id" }),
  seq: Type.Integer({ minimum: 0, description: 'Counts the messages of one run' }),
}

/** What every body from the fleet carries: `ts` is the fleet's clock when it was sent. */
export const downEnvelope = {
  v: Type.Literal(1, { description: 'Version of the wire' }),
  ts: Timestamp,
  boot: Type.String({ maxLength: 64 }),
  run: Type.String({ maxLength: 64 }),
  seq: Type.Integer({ minimum: 0 }),
}

/** A body from a terminal: the envelope and its own fields. */
export const upBody = <P extends TProperties>(properties: P) =>
  Type.Object({ ...upEnvelope, ...properties }, { additionalProperties: false })

/** A body from the fleet: the envelope and its own fields. */
export const downBody = <P extends TProperties>(properties: P) =>
  Type.Object({ ...downEnvelope, ...properties }, { additionalProperties: false })
