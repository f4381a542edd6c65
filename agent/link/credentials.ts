import { readFile } from 'node:fs/promises'

/** Where the fleet's terminals' door is, and what this terminal shows there. */
export interface DoorAddress {
  readonly host: string
  readonly port: number
  /** The name in the fleet's certificate, where it differs from `host`. */
  readonly serverName?: string
}

/** PEM files of one terminal: its key and certificate, and the authority that signed the fleet's. */
export interface CredentialFiles {
  readonly key: string
  readonly certificate: string
  readonly ca: string
}

/** The TLS options of every connection to the fleet. */
export interface Credentials {
  readonly key: Buffer
  readonly cert: Buffer
  readonly ca: Buffer
}

/** Reads the PEM files. */
export const readCredentials = async (files: CredentialFiles): Promise<Credentials> => {
  const [key, cert, ca] = await Promise.all(
    [files.key, files.certificate, files.ca].map((path) => readFile(path)),
  )
  if (!key || !cert || !ca) throw new Error('A credential is missing')
  return { key, cert, ca }
}
