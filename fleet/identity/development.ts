import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Authority, Validity } from './authority.ts'
import { issueClient, issueServer, makeRoot, readIssuer } from './certificates.ts'

const day = 24 * 60 * 60 * 1000

/** From an hour ago, so that a clock that is a little slow does not matter. */
const validFor = (days: number): Validity => ({
  from: new Date(Date.now() - day / 24),
  until: new Date(Date.now() + days * day),
})

const write = async (path: string, text: string): Promise<void> => {
  const part = `${path}.part`
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
}

/** The root's key and certificate stand in one file, so that there is never one without the other. */
const loadRoot = async (path: string): Promise<{ key: string; certificate: string }> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
    const root = await makeRoot('Avyl development', validFor(20 * 365))
    await write(path, JSON.stringify(root))
    return root
  }
}

/**
 * A certificate authority for development, kept in this folder: the root is made once, the server's certificate
 * (localhost and 127.0.0.1) anew at each start. `ca.pem` there is what clients trust. It admits whom it issued for.
 */
export const developmentAuthority = async (folder: string): Promise<Authority> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const root = await loadRoot(join(folder, 'root.json'))
  await write(join(folder, 'ca.pem'), root.certificate)
  const issuer = await readIssuer(root.key, root.certificate)
  return {
    ca: root.certificate,
    server: await issueServer(issuer, ['localhost'], ['127.0.0.1', '::1'], validFor(397)),
    admits: () => true,
    issueTerminal: async (device, valid = validFor(30)) => {
      if (!isDeviceId(device)) throw new Error('A certificate is made for a device id only')
      return issueClient(issuer, device, valid)
    },
  }
}
