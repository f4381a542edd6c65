import type { TSchema } from 'typebox'
import { MfpProfile, TerminalProfile } from '../../protocol/firmware-profile.ts'
import { quirks } from '../../protocol/quirks.ts'

/** What of a schema a table tells; TypeBox's types are wider than that. */
interface Shape {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Shape[]
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
}

const documentOf = (title: string, schema: TSchema): string =>
  `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...schema }, null, 2)}\n`

const typeOf = (shape: Shape): string => {
  if (shape.const !== undefined) return `\`${shape.const}\``
  if (shape.enum) return shape.enum.map((value) => `\`${value}\``).join(', ')
  if (shape.anyOf) return shape.anyOf.map((one) => typeOf(one)).join(' or ')
  if (shape.type === 'array' && shape.items) {
    const inner = shape.items.type === 'object' || shape.items.anyOf ? 'objects' : typeOf(shape.items)
    return `list of ${inner}`
  }
  return shape.type ?? 'any'
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const rows = (shape: Shape, path = ''): string[] => {
  const inner = shape.type === 'array' ? shape.items : shape
  const before = shape.type === 'array' ? `${path}[].` : path && `${path}.`
  if (inner?.anyOf) {
    return [
      ...new Set(
        inner.anyOf.flatMap((one) => rows({ ...shape, ...(shape.items ? { items: one } : one) }, path)),
      ),
    ]
  }
  return Object.entries(inner?.properties ?? {}).flatMap(([name, member]) => {
    const needed = inner?.required?.includes(name) ? 'yes' : ''
    const line = `| \`${before}${name}\` | ${cell(typeOf(member))} | ${needed} | ${cell(member.description ?? '')} |`
    return name === 'quirks' ? [line] : [line, ...rows(member, `${before}${name}`)]
  })
}

const fieldTable = (schema: TSchema): string =>
  ['| field | holds | needed | meaning |', '|---|---|---|---|', ...rows(schema as Shape)].join('\n')

const quirkTable = (): string =>
  [
    '| quirk | parameters | what the device does, and what is done about it |',
    '|---|---|---|',
    ...Object.entries(quirks).map(([name, schema]) => {
      const shape = schema as Shape
      const parameters = Object.entries(shape.properties ?? {})
        .filter(([member]) => !['quirk', 'reason', 'source'].includes(member))
        .map(([member, of]) => `\`${member}\`: ${typeOf(of)}`)
      return `| \`${name}\` | ${cell(parameters.join('; '))} | ${cell(shape.description ?? '')} |`
    }),
  ].join('\n')

/** The JSON Schema documents (2020-12) of both kinds of profiles, by their file names. */
export const schemaFiles = (): Readonly<Record<string, string>> => ({
  'mfp.schema.json': documentOf('A model of multifunction printer', MfpProfile),
  'terminal.schema.json': documentOf('A model of infomat', TerminalProfile),
})

const tables: Readonly<Record<string, () => string>> = {
  mfp: () => fieldTable(MfpProfile),
  terminal: () => fieldTable(TerminalProfile),
  quirks: quirkTable,
}

/** The page with the tables between its marks made anew from the schemas. */
export const withTables = (page: string): string =>
  page.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}${tables[name]?.() ?? ''}${end}`,
  )
