import { Type } from 'typebox'
import { languages } from './texts.ts'

/** Languages in which people are spoken to, the first one first. */
export const Languages = Type.Array(Type.Enum([...languages]), {
  minItems: 1,
  maxItems: languages.length,
  uniqueItems: true,
})
