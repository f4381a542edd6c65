import { openPool, type PostgresSettings } from '../store/postgres.ts'
import { createTables, type Tables, type Transaction } from './tables.ts'

/** Opens the tables of the vitals in PostgreSQL, or makes them. */
export const openPostgresTables = async (settings: PostgresSettings): Promise<Tables> => {
  const pool = await openPool(settings, 1)
  const numbered = new Map<string, string>()
  /** With `$1`, `$2` for each `?`, as PostgreSQL counts them. */
  const numbers = (sql: string): string => {
    const known = numbered.get(sql)
    if (known !== undefined) return known
    const [head = '', ...rest] = sql.split('?')
    const text = rest.reduce((before, after, index) => `${before}$${index + 1}${after}`, head)
    numbered.set(sql, text)
    return text
  }
  const tables: Tables = {
    async transaction(act) {
      const client = await pool.connect()
      const transaction: Transaction = {
        rows: async (sql, values) =>
          (await client.query({ text: numbers(sql), values: [...values], rowMode: 'array' })).rows,
        joined: (column) => `string_agg(${column}, '')`,
        run: async (sql, values) => void (await client.query(numbers(sql), [...values])),
      }
      try {
        await client.query('begin')
        const result = await act(transaction)
        await client.query('commit')
        client.release()
        return result
      } catch (error) {
        // What was left open is undone with its connection.
        client.release(true)
        throw error
      }
    },
    close: () => pool.end(),
  }
  try {
    await tables.transaction(async ({ run }) => {
      for (const sql of createTables('')) await run(sql, [])
    })
  } catch (error) {
    await tables.close()
    throw error
  }
  return tables
}
