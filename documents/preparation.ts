import { toCommandError } from './command-error.ts'
import { checkPdf, defaultPdfLimits, type PdfLimits } from './gate.ts'
import { type RasterJob, rasterise } from './rasterise.ts'

/** Work on documents that printing needs; everything it throws is a CommandError or the signal's reason. */
export const printPreparation = (options: { readonly worker?: URL; readonly limits?: PdfLimits } = {}) => {
  const answered = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (thrown) {
      throw toCommandError(thrown)
    }
  }
  const { worker, limits = defaultPdfLimits } = options
  return {
    checkPdf: (file: string, signal: AbortSignal) => answered(checkPdf(file, limits, signal)),
    rasterise: (file: string, job: RasterJob, signal: AbortSignal) =>
      answered(rasterise(file, worker === undefined ? job : { ...job, worker }, signal)),
  }
}
