import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  startVirtualMfp,
  type VirtualMfp,
  type VirtualMfpOptions,
} from '../../simulator/virtual-mfp/virtual-mfp.ts'

/** Lends a virtual MFP in a folder of its own to one test. */
export const withVirtualMfp = async <T>(
  options: Omit<VirtualMfpOptions, 'folder'>,
  use: (mfp: VirtualMfp, folder: string) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-mfp-'))
  const mfp = await startVirtualMfp({ folder, ...options })
  try {
    return await use(mfp, folder)
  } finally {
    await mfp.stop()
    await rm(folder, { recursive: true })
  }
}
