import { deflateSync } from 'node:zlib'

/** A PDF of these objects, numbered from 1; the first is the catalogue. */
export const pdfOf = (objects: readonly (string | Buffer)[]): Buffer => {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')]
  const offsets: number[] = []
  const length = () => parts.reduce((sum, part) => sum + part.length, 0)
  for (const [index, object] of objects.entries()) {
    offsets.push(length())
    parts.push(Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n'))
  }
  const table = length()
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(parts)
}

const catalogue = '<< /Type /Catalog /Pages 2 0 R >>'

const stream = (data: Buffer, filter: string) =>
  Buffer.concat([
    Buffer.from(`<< /Length ${data.length} ${filter} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ])

/** Sound pages of these sizes in points, each with a black square at its top left. */
export const pagesOf = (...sizes: readonly (readonly [width: number, height: number])[]): Buffer => {
  const kids = sizes.map((_, index) => `${3 + 2 * index} 0 R`).join(' ')
  return pdfOf([
    catalogue,
    `<< /Type /Pages /Kids [${kids}] /Count ${sizes.length} >>`,
    ...sizes.flatMap(([width, height], index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${4 + 2 * index} 0 R >>`,
      stream(Buffer.from(`0 g 0 ${height - 72} 72 72 re f`), ''),
    ]),
  ])
}

/** Under a thousand bytes that unpack, in two steps, to many mebibytes of page contents. */
export const bombOf = (mebibytes: number): Buffer => {
  const contents = deflateSync(deflateSync(Buffer.alloc(mebibytes * 1024 * 1024), { level: 9 }), { level: 9 })
  return pdfOf([
    catalogue,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>',
    stream(contents, '/Filter [/FlateDecode /FlateDecode]'),
  ])
}

/** A page tree that holds itself. */
export const loopOf = (count: number): Buffer =>
  pdfOf([catalogue, `<< /Type /Pages /Kids [2 0 R] /Count ${count} >>`])
