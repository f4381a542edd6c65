#!/usr/bin/env node
import { avylSetup } from './avyl-setup.ts'

process.exitCode = await avylSetup(process.argv.slice(2), {
  environment: process.env,
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
})
