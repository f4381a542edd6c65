import type {
  Change,
  ConfigurationGroup,
  ConfigurationState,
  DocumentVersion,
  LayerOutcome,
  LayerVersion,
  TerminalConfiguration,
} from '../api/configuration-schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** What a layer is about, as `scope/name`, both ready for an address. */
export interface LayerAddress {
  readonly scope: string
  readonly name: string
}

/** The configuration of terminals over the API. Every function throws `ApiProblem` only. */
export const configurationApi = ({ send }: Pick<Api, 'send'>) => {
  const at = (text: string): string => encodeURIComponent(text)
  const layerAt = ({ scope, name }: LayerAddress): string => `/configuration/layers/${at(scope)}/${at(name)}`
  const seatAt = (group: string, terminal: string) =>
    `/configuration/groups/${at(group)}/terminals/${at(terminal)}`
  return {
    states: () => readJson<readonly ConfigurationState[]>(send('GET', '/configuration/terminals')),
    ofTerminal: (terminal: string) =>
      readJson<TerminalConfiguration>(send('GET', `/terminals/${at(terminal)}/configuration`)),
    documents: (terminal: string) =>
      readJson<readonly DocumentVersion[]>(send('GET', `/terminals/${at(terminal)}/configuration/history`)),
    documentChanges: (terminal: string, from: number, to: number) =>
      readJson<readonly Change[]>(
        send('GET', `/terminals/${at(terminal)}/configuration/diff?from=${from}&to=${to}`),
      ),
    layer: (address: LayerAddress) => readJson<LayerVersion>(send('GET', layerAt(address))),
    writeLayer: (
      address: LayerAddress,
      wish: { readonly content: unknown; readonly version: number; readonly note?: string },
      dryRun = false,
    ) =>
      readJson<LayerOutcome>(
        send('PUT', `${layerAt(address)}${dryRun ? '?dryRun=true' : ''}`, jsonBody(wish)),
      ),
    history: (address: LayerAddress) =>
      readJson<readonly LayerVersion[]>(send('GET', `${layerAt(address)}/history`)),
    changes: (address: LayerAddress, from: number, to: number) =>
      readJson<readonly Change[]>(send('GET', `${layerAt(address)}/diff?from=${from}&to=${to}`)),
    rollBack: (
      address: LayerAddress,
      wish: { readonly to: number; readonly version: number; readonly note?: string },
    ) => readJson<LayerOutcome>(send('POST', `${layerAt(address)}/rollback`, jsonBody(wish))),
    groups: () => readJson<readonly ConfigurationGroup[]>(send('GET', '/configuration/groups')),
    join: (group: string, terminal: string) =>
      readJson<ConfigurationState>(send('PUT', seatAt(group, terminal))),
    leave: (group: string, terminal: string) =>
      readJson<ConfigurationState>(send('DELETE', seatAt(group, terminal))),
  } as const
}
