import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const path = (name: string) => fileURLToPath(new URL(name, root))

/** What a terminal runs, built from the sources as they stand now. */
export interface AgentBundle {
  readonly entry: string
  readonly childPaths: { readonly sane: string; readonly pages: string }
}

/** Bundles the agent; figures of the agent are taken on it, never on the sources. */
export const bundleAgent = (): AgentBundle => {
  execFileSync(process.execPath, [path('agent/bundle.ts')], { stdio: 'ignore' })
  return {
    entry: path('agent/dist/agent.js'),
    childPaths: { sane: path('agent/dist/sane-child.js'), pages: path('agent/dist/page-worker.js') },
  }
}

/** Bundles the fleet manager, and gives its program: what runs in the city, built from the sources as they stand now. */
export const bundleFleet = (): string => {
  execFileSync(process.execPath, [path('fleet/bundle.ts')], { stdio: 'ignore' })
  return path('fleet/dist/fleet.js')
}
