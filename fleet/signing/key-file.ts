import { createPrivateKey } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { SealError } from '../../vault/seal-error.ts'
import { openSealed, sealFile } from '../../vault/sealed-file.ts'
import type { SigningKey } from './ring.ts'

type WrittenKey = Omit<SigningKey, 'privateKey'> & { readonly privateKey?: string }

const written = ({ privateKey, ...rest }: SigningKey): WrittenKey => ({
  ...rest,
  ...(privateKey && { privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() }),
})

const read = ({ privateKey, ...rest }: WrittenKey): SigningKey => ({
  ...rest,
  ...(privateKey === undefined ? {} : { privateKey: createPrivateKey(privateKey) }),
})

/** The keys in this sealed file; none when there is no file. Throws `SealError`. */
export const loadKeys = async (path: string, key: Uint8Array): Promise<readonly SigningKey[]> => {
  try {
    const text = (await buffer(openSealed(path, key))).toString('utf8')
    return (JSON.parse(text) as WrittenKey[]).map(read)
  } catch (thrown) {
    if (thrown instanceof SealError && thrown.fault === 'missing') return []
    throw thrown
  }
}

/** Writes the keys, private halves and all; flushed when it resolves. Throws `SealError`. */
export const saveKeys = async (path: string, key: Uint8Array, keys: readonly SigningKey[]): Promise<void> => {
  await sealFile(Buffer.from(JSON.stringify(keys.map(written))), path, key)
}
