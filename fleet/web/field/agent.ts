import type { ClaimInput, SetupState, SetupStep } from '../../../protocol/setup.ts'

/** The agent on this terminal, over loopback. Everything rejects when it does not answer. */
export const agent = {
  /** Calls back with the state after each change, and with `undefined` while the agent does not answer. */
  follow(heard: (state: SetupState | undefined) => void): void {
    const events = new EventSource('/setup/events')
    events.addEventListener('message', ({ data }) => heard(JSON.parse(data) as SetupState))
    // The browser tries again by itself.
    events.addEventListener('error', () => heard(undefined))
  },
  begin: (step: SetupStep, input: ClaimInput = {}) => send('POST', `/setup/${step}`, input),
  cancel: () => send('DELETE', '/setup/running', {}),
}

const send = async (method: string, path: string, body: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body) })
  // 409: another step runs, and the page shows it.
  if (!answer.ok && answer.status !== 409) throw new Error(`The agent answered ${answer.status}`)
}
