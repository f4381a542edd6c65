import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Convert } from 'typebox/value'

/**
 * Checks what comes in against its schema. What a path or a query says is text: where it does not fit as it came it is
 * turned into what the schema asks for, as the type provider's own compiler does for each request.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema)
  return (came) => {
    if (compiled.Check(came)) return { value: came }
    const value = httpPart === 'body' ? came : Convert(schema, came)
    return compiled.Check(value) ? { value } : { error: compiled.Errors(value) }
  }
}
