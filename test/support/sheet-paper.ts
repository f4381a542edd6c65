import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import sharp from 'sharp'
import type { SheetDesk } from '../../agent/setup/sheet/desk.ts'
import { sheetHash } from '../../agent/setup/sheet/sheet.ts'
import type { SheetData } from '../../protocol/setup.ts'

/** What the sheets of these tests say. */
export const sheetData: SheetData = {
  version: 1,
  device: 'kitelga',
  village: 'Кителга',
  serial: 'TEST-0001',
  fingerprint: '1234 5678 9012',
  agent: '0.1.0',
  madeAt: Date.parse('2026-06-01T10:00:00Z'),
  devices: {
    scanner: 'Avyl Virtual MFP',
    printer: 'Avyl Simulated printer',
    profile: 'simulated',
    known: true,
  },
  checks: [
    { name: 'scanner', state: 'good', evidence: 'Avyl Virtual MFP' },
    { name: 'camera', state: 'absent', evidence: '—' },
    { name: 'disk', state: 'bad', evidence: '<12 MiB & no more>' },
  ],
}
export const printed = { hash: sheetHash(sheetData), earlier: [] as string[] }
export const nonce = '0123456789ABCDEF'
const never = new AbortController().signal

/** A sheet as it comes out of a printer: grey pixels of 300 dpi, as PNG. */
export const printSheet = (desk: SheetDesk, data: SheetData = sheetData): Promise<Buffer> =>
  desk.draw(
    data,
    nonce,
    async (file) => {
      const argv = ['-r', '300', '-gray', '-png', '-singlefile', file]
      const options = { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const
      return (await promisify(execFile)('pdftoppm', argv, options)).stdout
    },
    never,
  )

/** What a scanner makes of a sheet that lies turned by so many degrees. */
export const scanned = (paper: Buffer, degrees = 0): Promise<Buffer> =>
  sharp(paper).rotate(degrees, { background: '#fff' }).jpeg({ quality: 75 }).toBuffer()

/** A copy of a sheet by a worn machine: coarse, blurred, pale and grey. */
export const photocopy = async (paper: Buffer, dpi: number): Promise<Buffer> => {
  const coarse = await sharp(paper)
    .resize(Math.round((210 / 25.4) * dpi))
    .blur(0.8)
    .linear(0.55, 70)
    .jpeg({ quality: 40 })
    .toBuffer()
  return sharp(coarse).resize(2480).png().toBuffer()
}

/** An empty sheet. */
export const blankPaper = (): Promise<Buffer> =>
  sharp({ create: { width: 2480, height: 3508, channels: 3, background: '#fefefe' } })
    .png()
    .toBuffer()
