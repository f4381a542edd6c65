import { createPrivateKey, sign } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { Audit } from '../../fleet/audit/audit.ts'
import type { Clock } from '../../fleet/clock.ts'
import { Keyring } from '../../fleet/signing/keyring.ts'
import type { Signer } from '../../fleet/signing/signer.ts'
import type { Database } from '../../fleet/store/database.ts'
import { scratch } from './agent-parts.ts'
import { silent } from './fleet.ts'
import { makePki } from './pki.ts'

const base = scratch()

/** A real keyring in a folder of its own, whose lists a device authority certifies up to `ca`. */
export const certifiedKeyring = async (clock: Clock, pki = makePki()) => {
  const { root, devices } = await pki
  const key = createPrivateKey(devices.key)
  const keyring = new Keyring({
    ...{ file: join(mkdtempSync(join(base, 'keys-')), 'signing-keys'), key: Buffer.alloc(32, 7) },
    ...{ clock, log: silent },
    certify: (text) => ({
      signature: sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
      certificates: `${devices.certificate}${root.certificate}`,
    }),
  })
  await keyring.start()
  return { keyring, ca: root.certificate }
}

/** A started audit over this database; its file of heads lies in a folder of its own unless told. */
export const openAudit = async (
  database: Database,
  { signer, ca, clock }: { readonly signer: Signer; readonly ca: string; readonly clock: Clock },
  file = join(mkdtempSync(join(base, 'audit-')), 'heads.ndjson'),
): Promise<Audit> => {
  const audit = new Audit({ database, signer, roots: () => ca, file, clock, log: silent })
  await audit.start()
  return audit
}
