import type { Database } from '../store/database.ts'
import type { Schema } from '../store/schema.ts'

type Row<T extends keyof Schema> = Readonly<Record<string, unknown>> & { readonly __table?: T }

/**
 * Writes one row of a table, new or known by its key. The statement is made once, since making it costs more than
 * running it; every row has to have the members of `columns`.
 */
export const upsertOf = <T extends keyof Schema>(
  database: Database,
  table: T,
  columns: readonly (keyof Schema[T] & string)[],
  key: readonly (keyof Schema[T] & string)[],
) => {
  const blank = Object.fromEntries(columns.map((column) => [column, null]))
  const rest = columns.filter((column) => !key.includes(column))
  const template = database
    .insertInto(table)
    .values(blank as never)
    .onConflict((conflict) =>
      conflict
        .columns(key as never)
        .doUpdateSet(
          (write) =>
            Object.fromEntries(
              rest.map((column) => [column, write.ref(`excluded.${column}` as never)]),
            ) as never,
        ),
    )
    .compile()
  return async (store: Database, row: Row<T>): Promise<void> => {
    await store.executeQuery({ ...template, parameters: columns.map((column) => row[column] ?? null) })
  }
}
