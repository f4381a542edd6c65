#!/usr/bin/env node
import { avyl } from './avyl.ts'
import { exitCodes } from './exit.ts'

const onInterrupt = (act: () => void): (() => void) => {
  let pressed = false
  const listener = (): void => {
    if (pressed) process.exit(exitCodes.interrupted)
    pressed = true
    act()
  }
  process.on('SIGINT', listener)
  return () => void process.off('SIGINT', listener)
}

process.exitCode = await avyl(process.argv.slice(2), {
  environment: process.env,
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  onInterrupt,
})
