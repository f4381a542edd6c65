import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder of the npm package that a file belongs to. */
const packageOf = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]

/** What the npm packages of these files ask to take along: of each its name, its licence and its own text of it. */
export const licencesOf = async (files: readonly string[]): Promise<string> => {
  const folders = new Set(files.flatMap((file) => packageOf(file) ?? []))
  const parts: string[] = []
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    parts.push(`${name} ${version}: ${license}`)
    const texts = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
    for (const text of texts) parts.push((await readFile(join(folder, text), 'utf8')).trim())
  }
  return `${parts.join('\n\n')}\n`
}
