/** Formats that a page may come in, as its first bytes tell. */
export type ImageFormat = 'image/jpeg' | 'image/png' | 'image/tiff' | 'application/pdf'

/** How many bytes are enough to tell. */
export const signatureBytes = 8

const signatures: readonly (readonly [ImageFormat, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46]],
]

/** What a body really is; devices are known to declare PNG and send JPEG. */
export const imageFormatOf = (start: Uint8Array): ImageFormat | undefined =>
  signatures.find(([, bytes]) => bytes.every((byte, index) => start[index] === byte))?.[0]
