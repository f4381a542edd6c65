import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { isMissing, readIfThere, writeWhole } from '../../vault/durable-file.ts'
import { flushFolder } from '../../vault/sealed-file.ts'
import { issueAuthority, type KeyAndCertificate, makeRequest, makeRoot, readIssuer } from './certificates.ts'
import { readRequest } from './request.ts'
import { longLife } from './validity.ts'

/*
 * The folder of the fleet's authority:
 *   ca.pem                   every root that terminals trust
 *   device-authorities/      one file for each device authority, its key and its certificate together, so that there
 *                            is never one without the other
 *   request.json             a key that waits for its certificate from the offline root
 *   development-root.json    a root made here, in development only
 */

const Pem = Type.String({ minLength: 1, maxLength: 8192 })
const KeyFile = Type.Object({ key: Pem, certificate: Pem })
const RequestFile = Type.Object({ key: Pem, request: Pem })
type RequestFile = Static<typeof RequestFile>

/** What is wrong with the authority's files, for whoever runs the fleet. */
export class AuthorityProblem extends Error {
  override readonly name = 'AuthorityProblem'
}

/** A device authority and the root that vouches for it. */
export interface DeviceAuthority extends KeyAndCertificate {
  readonly x509: X509Certificate
  readonly root: X509Certificate
}

const readJson = async <T>(path: string, fits: (value: unknown) => value is T): Promise<T | undefined> => {
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (fits(value)) return value
  } catch (cause) {
    throw new AuthorityProblem(`${path} is damaged`, { cause })
  }
  throw new AuthorityProblem(`${path} is damaged`)
}
const isKeyFile = (value: unknown): value is KeyAndCertificate => Check(KeyFile, value)
const isRequestFile = (value: unknown): value is RequestFile => Check(RequestFile, value)

/** The certificates of a PEM text. */
export const readBundle = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  )

const vouches = (root: X509Certificate, authority: X509Certificate): boolean =>
  root.ca && authority.ca && authority.checkIssued(root) && authority.verify(root.publicKey)

const pathsOf = (folder: string) => ({
  roots: join(folder, 'ca.pem'),
  authorities: join(folder, 'device-authorities'),
  request: join(folder, 'request.json'),
  developmentRoot: join(folder, 'development-root.json'),
})

const install = async (folder: string, made: KeyAndCertificate): Promise<void> => {
  const { authorities } = pathsOf(folder)
  const { serialNumber } = new X509Certificate(made.certificate)
  if (await mkdir(authorities, { recursive: true, mode: 0o700 })) await flushFolder(folder)
  await writeWhole(join(authorities, `${serialNumber.toLowerCase()}.json`), JSON.stringify(made))
}

/**
 * Makes what is missing of a development authority, also where a power cut ended it half way.
 *
 * INVARIANT: roots that are there are never overwritten. Where they are another's, its device authorities were lost, and
 * what terminals trust is all that is left of it.
 */
const makeDevelopmentAuthority = async (folder: string, now: number): Promise<void> => {
  const paths = pathsOf(folder)
  const roots = await readIfThere(paths.roots)
  const known = await readJson(paths.developmentRoot, isKeyFile)
  if (roots !== undefined && roots.trim() !== known?.certificate.trim()) {
    throw new AuthorityProblem(`${paths.roots} is there, but ${paths.authorities} holds no device authority`)
  }
  const root = known ?? (await makeRoot('Avyl development', longLife(now)))
  if (!known) await writeWhole(paths.developmentRoot, JSON.stringify(root))
  const name = 'Avyl development device authority'
  const { key, request } = await makeRequest(name)
  const { publicKey } = await readRequest(request)
  const certificate = await issueAuthority(await readIssuer(root), name, publicKey, longLife(now))
  if (roots === undefined) await writeWhole(paths.roots, `${root.certificate.trim()}\n`)
  await install(folder, { key, certificate })
}

const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder)
  } catch (thrown) {
    // A folder that cannot be read is not an empty one.
    if (isMissing(thrown)) return []
    throw thrown
  }
}

const authorityFiles = async (folder: string): Promise<string[]> => {
  const { authorities } = pathsOf(folder)
  const names = await namesIn(authorities)
  return names.filter((name) => name.endsWith('.json')).map((name) => join(authorities, name))
}

/**
 * The device authorities of a fleet, the newest first, each with its root. Where there is none, and none awaited, one
 * for development is made, with a root of its own; `made` says so. Throws `AuthorityProblem`.
 */
export const openAuthorityFolder = async (
  folder: string,
  now: number,
): Promise<{ authorities: DeviceAuthority[]; roots: X509Certificate[]; made: boolean }> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const paths = pathsOf(folder)
  const made = (await authorityFiles(folder)).length === 0
  if (made) {
    if (await readJson(paths.request, isRequestFile)) {
      throw new AuthorityProblem('The certificate of the device authority is still awaited')
    }
    await makeDevelopmentAuthority(folder, now)
  }
  const roots = readBundle((await readIfThere(paths.roots)) ?? '')
  const authorities: DeviceAuthority[] = []
  for (const path of await authorityFiles(folder)) {
    const file = await readJson(path, isKeyFile)
    if (!file) continue
    const x509 = new X509Certificate(file.certificate)
    const root = roots.find((one) => vouches(one, x509))
    if (!root) throw new AuthorityProblem(`No root in ${paths.roots} vouches for ${path}`)
    if (x509.validToDate.getTime() > now) authorities.push({ ...file, x509, root })
  }
  authorities.sort((one, other) => other.x509.validFromDate.getTime() - one.x509.validFromDate.getTime())
  if (authorities.length === 0) throw new AuthorityProblem('Every device authority has ended')
  return { authorities, roots, made }
}

/** Makes a key for a further device authority, and gives the request that the offline root is to sign. */
export const requestAuthority = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { request: path } = pathsOf(folder)
  const waiting = await readJson(path, isRequestFile)
  if (waiting) return waiting.request
  const made = await makeRequest('Avyl device authority')
  await writeWhole(path, JSON.stringify(made))
  return made.request
}

/**
 * Takes the certificate that was made for the request, and the root that made it: from the fleet's next start new
 * certificates come from there, and what was issued before stays good. Throws `AuthorityProblem`.
 */
export const installAuthority = async (
  folder: string,
  certificate: string,
  rootCertificate: string,
): Promise<void> => {
  const paths = pathsOf(folder)
  const waiting = await readJson(paths.request, isRequestFile)
  if (!waiting) throw new AuthorityProblem('No certificate is awaited: make a request first')
  const [x509] = readBundle(certificate)
  const [root] = readBundle(rootCertificate)
  if (!x509 || !root) throw new AuthorityProblem('Two certificates in PEM are needed')
  if (!x509.checkPrivateKey(createPrivateKey(waiting.key))) {
    throw new AuthorityProblem('The certificate is not for the key of the request')
  }
  if (!vouches(root, x509)) throw new AuthorityProblem('The root does not vouch for the certificate')
  const roots = readBundle((await readIfThere(paths.roots)) ?? '')
  const others = roots.filter(({ fingerprint256 }) => fingerprint256 !== root.fingerprint256)
  await writeWhole(paths.roots, [root, ...others].join(''))
  await install(folder, { key: waiting.key, certificate: x509.toString() })
  // INVARIANT: the key is in its new place before it leaves the old one.
  await rm(paths.request)
}

/** Takes an authority away: what it issued is no good from the fleet's next start. Throws `AuthorityProblem`. */
export const retireAuthority = async (folder: string, id: string): Promise<void> => {
  const files = await authorityFiles(folder)
  const path = files.find((file) => basename(file, '.json') === id.toLowerCase())
  if (path === undefined) throw new AuthorityProblem(`There is no device authority ${id}`)
  if (files.length === 1) throw new AuthorityProblem('This is the only device authority')
  await rm(path)
}
