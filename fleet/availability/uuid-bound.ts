/** Every UUIDv7 (RFC 9562) made at this time or later is greater as a text. */
export const idsFrom = (at: number): string => {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** When a UUIDv7 was made. */
export const madeAt = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
