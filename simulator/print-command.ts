import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * What `ippeveprinter` starts for each job: it tells the simulator about the job through the socket named by
 * `AVYL_PRINTER_SOCKET`, passes on what the simulator answers, and ends as the simulator says or when it is gone.
 */
const jobAttributes = Object.entries(process.env).filter(
  ([name]) => name.startsWith('IPP_') || name === 'CONTENT_TYPE',
)

const socket = connect(process.env.AVYL_PRINTER_SOCKET ?? '')
socket.on('error', () => process.exit(1))
socket.on('close', () => process.exit(1))
socket.write(`${JSON.stringify({ file: process.argv[2], attributes: Object.fromEntries(jobAttributes) })}\n`)

createInterface(socket).on('line', (line) => {
  const exit = /^exit ([0-9]+)$/.exec(line)
  if (exit) process.exit(Number(exit[1]))
  process.stderr.write(`${line}\n`)
})
