import { type Static, Type } from 'typebox'
import { Timestamp, Uuid } from '../../protocol/envelope.ts'
import { type Permission, permissions, roles } from '../auth/permissions.ts'

const strict = { additionalProperties: false } as const

export const RoleName = Type.Enum([...roles])
/** The villages that somebody sees; `null` for all. */
export const Villages = Type.Union([
  Type.Null(),
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 1000 }),
])
const Password = Type.String({ minLength: 1, maxLength: 200 })
export const PermissionName = Type.Enum(Object.keys(permissions) as Permission[])

/** The second step of signing in: how it can be done. */
export const SecondStep = Type.Object({
  needs: Type.Literal('second-factor'),
  factors: Type.Array(Type.Enum(['totp', 'passkey', 'recovery-code'])),
})
export type SecondStep = Static<typeof SecondStep>

/** A code of an authenticator app, or a recovery code. */
export const Code = Type.Object({ code: Type.String({ minLength: 1, maxLength: 40 }) }, strict)

/** What a browser answers for a passkey (WebAuthn 5.1); the library that verifies it knows its inside. */
export const PasskeyAnswer = Type.Object({
  id: Type.String({ maxLength: 2000 }),
  rawId: Type.String({ maxLength: 2000 }),
  type: Type.Literal('public-key'),
  response: Type.Record(Type.String(), Type.Unknown()),
  clientExtensionResults: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  authenticatorAttachment: Type.Optional(Type.String({ maxLength: 40 })),
})
export const PasskeyOptions = Type.Any({ description: 'For `navigator.credentials` (WebAuthn 5.4, 5.5)' })

export const Confirmation = Type.Object({ password: Password }, strict)
export const PasswordChange = Type.Object({ current: Password, next: Password }, strict)
export const NewPasskey = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 60 }), answer: PasskeyAnswer },
  strict,
)

/** What an authenticator app is told, once. `qr` is a picture (SVG) of `uri`. */
export const TotpSetup = Type.Object({ secret: Type.String(), uri: Type.String(), qr: Type.String() })
export type TotpSetup = Static<typeof TotpSetup>

/** Codes for the day when the second factor is lost, told once. */
export const RecoveryCodeList = Type.Object({ recoveryCodes: Type.Array(Type.String()) })
export type RecoveryCodeList = Static<typeof RecoveryCodeList>

export const Passkey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  createdAt: Timestamp,
  lastUsedAt: Type.Union([Timestamp, Type.Null()]),
})
export type Passkey = Static<typeof Passkey>

export const AccountSession = Type.Object({
  id: Type.String(),
  /** The browser, as it called itself. */
  agent: Type.String(),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  /** Whether it is the one that asks. */
  own: Type.Boolean(),
})
export type AccountSession = Static<typeof AccountSession>

/** What one has set up for oneself. */
export const AccountState = Type.Object({
  user: Type.String(),
  role: RoleName,
  villages: Villages,
  owes: Type.Union([Type.Enum(['password', 'second-factor']), Type.Null()]),
  needsSecondFactor: Type.Boolean(),
  totp: Type.Boolean(),
  recoveryCodes: Type.Integer(),
  passkeys: Type.Array(Passkey),
  sessions: Type.Array(AccountSession),
})
export type AccountState = Static<typeof AccountState>

/** A person who may sign in. */
export const UserEntry = Type.Object({
  id: Uuid,
  name: Type.String(),
  role: RoleName,
  villages: Villages,
  disabled: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  createdAt: Timestamp,
  lastSignInAt: Type.Union([Timestamp, Type.Null()]),
})
export type UserEntry = Static<typeof UserEntry>

/** A person to be added; without a password one is made. The person chooses another one at the first sign-in. */
export const UserRequest = Type.Object(
  {
    name: Type.String({ maxLength: 40 }),
    role: RoleName,
    villages: Type.Optional(Villages),
    password: Type.Optional(Password),
  },
  strict,
)
export type UserRequest = Static<typeof UserRequest>

/** A person that was added, or has a new password. `password` is told once, where the fleet made it. */
export const UserMade = Type.Object({ ...UserEntry.properties, password: Type.Optional(Type.String()) })
export type UserMade = Static<typeof UserMade>

export const UserPatch = Type.Object(
  {
    role: Type.Optional(RoleName),
    villages: Type.Optional(Villages),
    disabled: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type UserPatch = Static<typeof UserPatch>

export const PasswordReset = Type.Object({ password: Type.Optional(Password) }, strict)

const Scopes = Type.Union([Type.Null(), Type.Array(PermissionName, { minItems: 1, uniqueItems: true })])

/** A way in for a program. */
export const TokenEntry = Type.Object({
  name: Type.String(),
  role: RoleName,
  /** What of the role's rights it has; `null` for all. */
  scopes: Type.Union([Type.Null(), Type.Array(Type.String())]),
  villages: Villages,
  createdAt: Timestamp,
  expiresAt: Type.Union([Timestamp, Type.Null()]),
  createdBy: Type.Union([Type.String(), Type.Null()]),
  lastUsedAt: Type.Union([Timestamp, Type.Null()]),
})
export type TokenEntry = Static<typeof TokenEntry>

export const TokenName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' })

export const TokenRequest = Type.Object(
  {
    name: TokenName,
    role: RoleName,
    scopes: Type.Optional(Scopes),
    villages: Type.Optional(Villages),
    expiresInMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 5 * 366 * 86_400_000 })),
  },
  strict,
)
export type TokenRequest = Static<typeof TokenRequest>

/** A token with its secret, told once. */
export const TokenMade = Type.Object({ ...TokenEntry.properties, token: Type.String() })
export type TokenMade = Static<typeof TokenMade>

/** A role: what it may, and what is asked of its people. */
export const RoleEntry = Type.Object({
  role: RoleName,
  permissions: Type.Array(PermissionName),
  secondFactor: Type.Boolean(),
})
export type RoleEntry = Static<typeof RoleEntry>
export const RolePatch = Type.Object({ secondFactor: Type.Boolean() }, strict)
