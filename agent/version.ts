/** The agent's version, as presence and profile name it. */
export const version = '0.1.0'

/**
 * When this agent was built, in milliseconds since 1970: it cannot run earlier. From `SOURCE_DATE_EPOCH` (in seconds)
 * of the build; 0 for the sources themselves.
 */
export const builtAt = Number(process.env.AVYL_BUILT_AT ?? 0) * 1000
