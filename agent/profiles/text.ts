/** What a device says of itself, fit to be kept and shown: one line without control characters, bounded. */
export const plainText = (text: string, most = 100): string =>
  text
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
