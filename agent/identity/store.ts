import { readFileSync, renameSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { Admission, claimCodePattern, enrolProblems, HardwareSerial } from '../../protocol/enrolment.ts'
import { SigningKeys } from '../../protocol/signing.ts'
import { deviceIdPattern } from '../../protocol/topics.ts'
import { flushFolder } from '../../vault/sealed-file.ts'

const Pem = Type.String({ minLength: 1, maxLength: 16_384 })

const Address = Type.Object({
  host: Type.String(),
  port: Type.Integer(),
  serverName: Type.Optional(Type.String()),
})

/**
 * A claim that is being redeemed. Its `address` is missing where the configuration says where the fleet is. `problem` is
 * the fleet's last word on it, `rekeyed`: it refused the first key.
 */
const StoredClaim = Type.Object({
  code: Type.String({ pattern: claimCodePattern }),
  serial: HardwareSerial,
  address: Type.Optional(Address),
  ca: Pem,
  rekeyed: Type.Optional(Type.Boolean()),
  problem: Type.Optional(Type.Enum([...enrolProblems])),
})
export type StoredClaim = Static<typeof StoredClaim>

/** Whether the fleet has still to say its last word on a claim. */
export const isOpen = (claim: StoredClaim | undefined): boolean =>
  claim !== undefined && claim.problem === undefined

const KeyPair = Type.Object({ key: Pem, certificate: Pem })

/** What the fleet gave; `previous` is kept until the fleet has let in what took its place. */
const Enrolled = Type.Object({
  device: Type.String({ pattern: deviceIdPattern }),
  village: Type.String(),
  admission: Admission,
  address: Type.Optional(Address),
  ca: Pem,
  own: KeyPair,
  previous: Type.Optional(KeyPair),
  keys: Type.Optional(SigningKeys),
  problem: Type.Optional(Type.Enum([...enrolProblems])),
  /** Of the code that was redeemed: a configuration that still holds it asks for nothing new. */
  codeSha256: Type.Optional(Type.String()),
})
export type Enrolled = Static<typeof Enrolled>

const Candidate = Type.Object({ key: Pem, csr: Pem })

/** `candidate` is the key of the first or next claim, `renewal` that of the next certificate. */
const StoredIdentity = Type.Object({
  candidate: Type.Optional(Candidate),
  renewal: Type.Optional(Candidate),
  claim: Type.Optional(StoredClaim),
  enrolled: Type.Optional(Enrolled),
})

/** All that this terminal knows of itself. */
export type StoredIdentity = Static<typeof StoredIdentity>

/** Where it is kept. */
export interface IdentityStore {
  /** What is on the disk; nothing at first. */
  load(): StoredIdentity
  /** Takes its place as a whole; it survives a power cut from the moment this resolves. */
  save(identity: StoredIdentity): Promise<void>
}

const parse = (text: string): StoredIdentity | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Check(StoredIdentity, value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * One file (0600) in `folder`, replaced as a whole: key, certificate and claim always belong together. A damaged one is
 * put aside, since an unattended terminal has to come up; `damaged` hears of it.
 */
export const createIdentityStore = (folder: string, damaged: () => void): IdentityStore => {
  const path = join(folder, 'identity.json')
  let saving: Promise<void> = Promise.resolve()

  const save = async (identity: StoredIdentity) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const part = `${path}.part`
    const file = await open(part, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(identity))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, path)
    await flushFolder(folder)
  }
  return {
    load() {
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return {}
        throw thrown
      }
      const identity = parse(text)
      if (identity) return identity
      renameSync(path, `${path}.damaged-${Date.now()}`)
      damaged()
      return {}
    },
    save(identity) {
      saving = saving.catch(() => {}).then(() => save(identity))
      return saving
    },
  }
}
