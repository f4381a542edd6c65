import { Clean } from 'typebox/value'
import { Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import { configurationFaults, type SettingFault } from '../../protocol/configuration-check.ts'
import { isObject, type Json, type JsonObject, overlay } from '../../protocol/layers.ts'
import type { ConfigurationName } from '../../protocol/messages.ts'

/** One document of the fleet, as it was signed. */
export interface Document extends ConfigurationName {
  readonly config: unknown
}

const defaults = defaultConfiguration as unknown as JsonObject

const understood = (config: unknown): unknown =>
  isObject(config as Json)
    ? overlay(defaults, Clean(Configuration, structuredClone(config)) as JsonObject)
    : config

/** What is wrong with a document in the eyes of this agent; nothing when it can run by it. */
export const faultsOf = ({ config }: Pick<Document, 'config'>): SettingFault[] =>
  configurationFaults(understood(config))

/**
 * What this agent runs by when it has this document, in which nothing is wrong; the default one without any. What a
 * fleet of another release says is understood: a member that the agent does not know is left out here, though kept in
 * the document for a later agent, and its own default stands where the document says nothing.
 */
export const configurationOf = (document: Document | undefined): Configuration =>
  document === undefined ? defaultConfiguration : (understood(document.config) as Configuration)
