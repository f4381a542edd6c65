import sharp, { type Sharp } from 'sharp'
import type { Pixels } from '../../documents/raw-page.ts'

/** A page of print as a scanner would give it. */
export interface TextPage {
  readonly dpi: number
  /** Degrees by which the page lies turned clockwise. */
  readonly skew?: number
  readonly lines?: number
  readonly words?: readonly string[]
  readonly paper?: string
  /** How much the brightness of neighbours differs without reason. */
  readonly noise?: number
  /** Anything else, as SVG in tenths of a millimetre. */
  readonly also?: string
}

const sentence = 'Житель авыла обратился с просьбой и получил ответ: мөрәҗәгать каралды'

/** An A4 page of lines of text in colour. */
export const textPage = async (page: TextPage): Promise<Pixels> => {
  const { dpi, skew = 0, lines = 40, words = [sentence], paper = '#f6f4ef', noise = 0, also = '' } = page
  const [width, height] = [Math.round((210 / 25.4) * dpi), Math.round((297 / 25.4) * dpi)]
  const text = Array.from(
    { length: lines },
    (_, line) =>
      `<text x="220" y="${250 + line * 62}" font-family="DejaVu Serif" font-size="40">${words[line % words.length]}</text>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 2100 2970">
    <rect width="2100" height="2970" fill="${paper}"/>${text.join('')}${also}</svg>`
  const turned = await sharp(Buffer.from(svg))
    .removeAlpha()
    .rotate(skew, { background: paper })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const data = await sharp(turned.data, { raw: turned.info })
    .extract({
      left: Math.floor((turned.info.width - width) / 2),
      top: Math.floor((turned.info.height - height) / 2),
      width,
      height,
    })
    .raw()
    .toBuffer()
  for (let index = 0; noise > 0 && index < data.length; index += 1) {
    // The high bits of a multiplicative hash: noise that is the same in every run.
    const value = (data[index] ?? 0) + ((Math.imul(index, 2654435761) >>> 16) % (2 * noise + 1)) - noise
    data[index] = Math.max(0, Math.min(255, value))
  }
  return { width, height, channels: 3, data }
}

/** The same pixels for sharp. */
export const imageOf = ({ width, height, channels, data }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels } })

/** The same page in grey. */
export const greyOf = async (page: Pixels): Promise<Pixels> => ({
  width: page.width,
  height: page.height,
  channels: 1,
  data: await imageOf(page).greyscale().raw().toBuffer(),
})
