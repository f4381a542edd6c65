import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * The program that draws the acceptance sheet (`draw <svg> <pdf>`) and reads the QR codes of a scanned one (`read
 * <jpeg>`, JSON on standard output). A process of its own, so that the agent need not carry libvips and WebAssembly
 * for what a terminal does once in its life.
 */
const main = async (): Promise<void> => {
  const [what, input = '', output = ''] = process.argv.slice(2)
  if (what === 'draw') await draw(input, output)
  else if (what === 'read') process.stdout.write(JSON.stringify(await read(input)))
  else throw new Error('Either draw or read')
}

const draw = async (svg: string, pdf: string): Promise<void> => {
  const { writeDrawnPdf } = await import('../../../documents/drawn-pdf.ts')
  await writeDrawnPdf([await readFile(svg, 'utf8')], pdf)
}

/** In a bundle it lies beside this program. It is always given: the library would fetch it from elsewhere. */
const wasmFile = (): string =>
  import.meta.url.endsWith('.js')
    ? fileURLToPath(new URL('zxing_reader.wasm', import.meta.url))
    : createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')

const read = async (jpeg: string): Promise<readonly { readonly text: string; readonly turned: number }[]> => {
  const [{ prepareZXingModule, readBarcodes }, wasm, picture] = await Promise.all([
    import('zxing-wasm/reader'),
    readFile(wasmFile()),
    readFile(jpeg),
  ])
  await prepareZXingModule({
    overrides: { wasmBinary: Uint8Array.from(wasm).buffer },
    fireImmediately: true,
  })
  const found = await readBarcodes(picture, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 8 })
  return found.map(({ text, orientation }) => ({
    text: text.slice(0, 300),
    turned: ((Math.round(orientation) % 360) + 360) % 360,
  }))
}

await main()
