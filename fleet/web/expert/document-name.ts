/** A file name that says where and when: it holds no personal data. */
export const nameOfDocument = (village = 'Avyl', now = new Date()): string => {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  const safe = village.replace(/[^\p{L}\p{N} -]/gu, '').slice(0, 60)
  return `${safe} ${day} ${two(now.getHours())}-${two(now.getMinutes())}.pdf`
}
