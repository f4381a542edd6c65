import { setTimeout as wait } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { isFinal, type Progress } from '../../protocol/messages.ts'
import type { Command } from '../api/schemas.ts'
import { ApiProblem } from '../web/api.ts'
import { commandText, progressText } from '../web/expert/work-text.ts'
import type { Shell } from './shell.ts'

const againMs = 1000
const maxTries = 20

/** Larger than any event: bands of a picture ride along. */
const maxEventCharacters = 1024 * 1024

/** Takes the lines of a log that the command shows. */
export type HeardLines = (lines: readonly string[]) => void

/** Reads one stream of a command's events to its end; the last command that was told. */
const readEvents = async (
  shell: Shell,
  id: string,
  signal: AbortSignal,
  heard: HeardLines,
): Promise<Command | undefined> => {
  const response = await shell.api.send('GET', `/commands/${encodeURIComponent(id)}/events`, { signal })
  const events = response.body
    ?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: maxEventCharacters }))
  let command: Command | undefined
  for await (const { event, data } of events ?? []) {
    if (event === 'progress') {
      const progress = JSON.parse(data) as Progress
      shell.progress.show(progressText(shell.t, progress), progress.percent)
    }
    if (event === 'log') heard((JSON.parse(data) as { readonly lines: readonly string[] }).lines)
    if (event !== 'state') continue
    command = JSON.parse(data) as Command
    if (isFinal(command.state)) return command
    shell.progress.show(commandText(shell.t, command), command.progress?.percent)
  }
  return command
}

/**
 * Follows a command to its end; a broken stream is taken up again. Ctrl-C cancels the command and waits for its
 * outcome. Throws `ApiProblem` (`unreachable` when the fleet stays away).
 */
export const follow = async (shell: Shell, id: string, heard: HeardLines = () => {}): Promise<Command> => {
  const ignore = shell.onInterrupt(() => {
    shell.progress.show(shell.t('cli.cancelling'))
    shell.api.cancel(id).catch(() => undefined)
  })
  const abort = new AbortController()
  try {
    for (let tries = 0; tries < maxTries; tries++) {
      const command = await readEvents(shell, id, abort.signal, heard).catch((error: unknown) => {
        if (error instanceof ApiProblem && error.code !== 'unreachable') throw error
        return undefined
      })
      if (command !== undefined) {
        if (isFinal(command.state)) return command
        tries = 0
      }
      await wait(againMs)
    }
    throw new ApiProblem('unreachable', 'The fleet does not answer')
  } finally {
    abort.abort()
    ignore()
    shell.progress.clear()
  }
}
