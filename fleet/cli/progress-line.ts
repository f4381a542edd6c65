/** One line that shows how far a work is and is drawn over; silent where nobody watches. */
export interface ProgressLine {
  readonly show: (text: string, percent?: number) => void
  readonly clear: () => void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const barWidth = 24

export const createProgressLine = (output: Output): ProgressLine => {
  if (output.isTTY !== true) return { show: () => {}, clear: () => {} }
  const clear = (): void => void output.write('\r\u001b[K')
  return {
    show: (text, percent) => {
      const full = Math.round(((percent ?? 0) / 100) * barWidth)
      const bar = percent === undefined ? '' : `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} `
      clear()
      output.write(`${bar}${text}`.slice(0, (output.columns ?? 80) - 1))
    },
    clear,
  }
}
