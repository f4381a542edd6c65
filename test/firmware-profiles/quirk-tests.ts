import type { QuirkName } from '../../protocol/quirks.ts'

/**
 * The test that shows how a driver copes with a device that misbehaves this way, for each quirk of the closed list.
 * The test's text names the quirk.
 */
export const quirkTests: Readonly<Partial<Record<QuirkName, string>>> = {}
