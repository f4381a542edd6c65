import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { KernelFolders } from '../../../../agent/health/vitals/reader.ts'
import { scratch } from '../../../support/agent-parts.ts'

/** A kernel that shows what a test has written. */
export interface KernelFiles extends KernelFolders {
  write(name: string, text: string): void
}

/** An empty `/proc` and `/sys`. */
export const kernelFiles = (): KernelFiles => {
  const root = scratch()
  return {
    proc: join(root, 'proc'),
    sys: join(root, 'sys'),
    write(name, text) {
      const file = join(root, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    },
  }
}
