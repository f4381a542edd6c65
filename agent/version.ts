/** The agent's version, as presence and profile name it. */
export const version = '0.1.0'
