import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeSaneConfiguration } from '../../../simulator/sane.ts'
import { compileCache } from '../scan.ts'

/** Where SANE finds the fault backend: options of a session. */
export interface FaultBackend {
  readonly configDir: string
  readonly environment: { readonly LD_LIBRARY_PATH: string }
  readonly compileCacheDir?: string
}

const source = new URL('./avylfault.c', import.meta.url)

/** Compiles the fault backend, once for each text of its source, and gives it a configuration of its own. */
export const buildFaultBackend = async (): Promise<FaultBackend> => {
  const text = await readFile(source)
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const dir = join(tmpdir(), `avyl-sane-fault-${process.getuid?.() ?? 0}-${version}`)
  const configDir = join(dir, 'sane.d')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const library = join(dir, 'libsane-avylfault.so.1')
  const built = await stat(library).catch(() => undefined)
  if (built === undefined) {
    const work = await mkdtemp(join(dir, 'build-'))
    const fresh = join(work, 'backend.so')
    const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', fresh]
    await promisify(execFile)('gcc', [...flags, source.pathname])
    await writeSaneConfiguration(configDir, { backends: ['avylfault'] })
    // Last, and in one step: another test file may be building it too.
    await rename(fresh, library)
    await rm(work, { recursive: true })
  }
  return { configDir, environment: { LD_LIBRARY_PATH: dir }, ...compileCache(dir) }
}

/** A device of the fault backend by the name of its fault. */
export const faultDevice = (fault: string): string => `avylfault:${fault}`
