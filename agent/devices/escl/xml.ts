import { SaxesParser } from 'saxes'
import { EsclError } from './error.ts'

/** One element of an eSCL document; elements of foreign namespaces are left out with all they hold. */
export interface XmlElement {
  /** The local name. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own character data, trimmed. */
  readonly text: string
}

/** The largest document that is read, in bytes; real capabilities have 3 to 30 KB. */
export const maxDocumentBytes = 128 * 1024

const maxDepth = 32
const maxElements = 4000
const maxAttributes = 32

// Devices write these names with either scheme, and some put an element into the other one of the two.
const namespaces =
  /^https?:\/\/(schemas\.hp\.com\/imaging\/escl\/2011\/05\/03|www\.pwg\.org\/schemas\/2010\/12\/sm)$/

interface OpenElement {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: OpenElement[]
  text: string
}

/**
 * Reads an eSCL document into a tree: well-formed XML with namespaces, without a document type. Bounded in bytes,
 * depth and number of elements; throws `EsclError` (`malformed`, `too-large`) only.
 */
export const parseXml = (document: string): XmlElement => {
  if (Buffer.byteLength(document) > maxDocumentBytes) {
    throw new EsclError('too-large', 'The XML document is too large')
  }
  try {
    return readTree(document)
  } catch (thrown) {
    if (thrown instanceof EsclError) throw thrown
    throw new EsclError('malformed', 'The XML document is not well-formed', { cause: thrown })
  }
}

const readTree = (document: string): XmlElement => {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const stack: OpenElement[] = []
  let root: OpenElement | undefined
  let depth = 0
  let elements = 0
  let foreignFrom = 0

  parser.on('doctype', () => {
    throw new EsclError('malformed', 'The XML document has a document type')
  })
  parser.on('opentag', (tag) => {
    depth += 1
    elements += 1
    if (depth > maxDepth || elements > maxElements || Object.keys(tag.attributes).length > maxAttributes) {
      throw new EsclError('too-large', 'The XML document is too deep or has too many elements')
    }
    if (foreignFrom > 0) return
    if (!namespaces.test(tag.uri)) {
      foreignFrom = depth
      return
    }
    const attributes: Record<string, string> = Object.create(null)
    for (const attribute of Object.values(tag.attributes)) attributes[attribute.local] = attribute.value
    const element: OpenElement = { name: tag.local, attributes, children: [], text: '' }
    stack.at(-1)?.children.push(element)
    stack.push(element)
    root ??= element
  })
  const addText = (text: string) => {
    const open = stack.at(-1)
    if (open !== undefined && foreignFrom === 0) open.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    if (foreignFrom === 0) {
      const closed = stack.pop()
      if (closed !== undefined) closed.text = closed.text.trim()
    } else if (foreignFrom === depth) foreignFrom = 0
    depth -= 1
  })
  parser.write(document).close()
  if (root === undefined) throw new EsclError('malformed', 'The XML document is no eSCL document')
  return root
}

/** The first child of that name. */
export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name)

/** Every child of that name. */
export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((one) => one.name === name) ?? []

/** The text of the first child of that name; `undefined` where it is missing or empty. */
export const textOf = (element: XmlElement | undefined, name: string, maxLength = 200): string | undefined =>
  child(element, name)?.text.slice(0, maxLength) || undefined

/** The whole number in the first child of that name, from 0 to 999,999,999; `undefined` where there is none. */
export const numberOf = (element: XmlElement | undefined, name: string): number | undefined => {
  const text = textOf(element, name)
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
