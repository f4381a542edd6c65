import { useEffect, useRef, useState } from 'preact/hooks'
import type { Command } from '../../api/schemas.ts'
import { type Api, ApiProblem } from '../api.ts'
import { isOver } from '../expert/state.ts'

/** Something that was asked of the terminal on this page, from the press of the button until it is put aside. */
export interface Work {
  /** What is done, as the page calls it; there is one of each at most. */
  readonly name: string
  /** The command that it became, once the fleet has it. */
  readonly command?: string
  readonly cancelling: boolean
  /** Why the fleet did not take it. */
  readonly problem?: string
}

export interface Works {
  readonly list: readonly Work[]
  readonly of: (name: string) => Work | undefined
  /** Asks the terminal; the page shows it at once. Resolves to the command, or to nothing when it was refused. */
  readonly run: (name: string, command: string, input: object) => Promise<string | undefined>
  readonly cancel: (name: string) => Promise<void>
  readonly dismiss: (name: string) => void
}

interface Parts {
  readonly api: Api
  readonly terminal: string
  readonly explain: (problem: unknown) => string
  readonly heard: (command: Command) => void
}

/** Whether a work still goes on. */
export const goesOn = (work: Work | undefined, command: Command | undefined): boolean =>
  work !== undefined && work.problem === undefined && (command === undefined || !isOver(command))

const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

const againAfterMs = [500, 1500, 4000]
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What was asked of a terminal on this page. */
export const useWorks = ({ api, terminal, explain, heard }: Parts): Works => {
  const [list, setList] = useState<readonly Work[]>([])
  const current = useRef(list)
  useEffect(() => {
    current.current = list
  }, [list])

  const change = (name: string, more: Partial<Work>): void =>
    setList((before) => before.map((work) => (work.name === name ? { ...work, ...more } : work)))

  /** Asks again while the fleet does not answer; the key keeps a second request from being a second command. */
  const ask = async (command: string, input: object, idempotencyKey = newKey()): Promise<string> => {
    for (const delay of againAfterMs) {
      try {
        return (await api.start(terminal, { name: command, input, idempotencyKey })).id
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.code !== 'unreachable') throw problem
        await wait(delay)
      }
    }
    return (await api.start(terminal, { name: command, input, idempotencyKey })).id
  }

  return {
    list,
    of: (name) => list.find((work) => work.name === name),
    run: async (name, command, input) => {
      setList((before) => [...before.filter((work) => work.name !== name), { name, cancelling: false }])
      try {
        const id = await ask(command, input)
        change(name, { command: id })
        if (current.current.find((work) => work.name === name)?.cancelling) await api.cancel(id)
        heard(await api.command(id))
        return id
      } catch (problem) {
        change(name, { problem: explain(problem) })
        return undefined
      }
    },
    cancel: async (name) => {
      const command = list.find((work) => work.name === name)?.command
      change(name, { cancelling: true })
      if (command === undefined) return
      await api.cancel(command).catch(() => change(name, { cancelling: false }))
    },
    dismiss: (name) => setList((before) => before.filter((work) => work.name !== name)),
  }
}
