import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { profilesFolder } from '../provisioning/built-in-profiles.ts'
import { bundle } from '../provisioning/bundle.ts'

/*
 * What runs in Kazan: the fleet with its thread and its child beside it, the command line, and as data the pages and
 * the firmware profiles. Native modules stay in node_modules.
 */

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Bundles the fleet manager into a folder. The pages have to be built. */
export const bundleFleet = async (folder: string): Promise<void> => {
  await bundle(folder, {
    entryPoints: {
      fleet: path('main.ts'),
      'telemetry-thread': path('telemetry/worker.ts'),
      'page-worker': path('../documents/worker.ts'),
      avyl: path('cli/main.ts'),
      authority: path('../provisioning/authority.ts'),
    },
    external: ['sharp', '@node-rs/argon2', 'pg-native'],
  })
  await cp(path('web/dist'), join(folder, 'pages'), { recursive: true })
  await cp(profilesFolder, join(folder, 'firmware-profiles'), { recursive: true })
}

if (import.meta.main) await bundleFleet(path('dist'))
