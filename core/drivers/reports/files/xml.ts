import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { XmlElement } from '../../../domain/quality/element.js'

/** Entities stay as they are written: those of XML itself are put in here, and there are no others. */
const parser = new XMLParser({
  preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false, trimValues: false,
  processEntities: false, cdataPropName: '#cdata', ignoreDeclaration: true, ignorePiTags: true, maxNestedTags: 100,
})

/** Throws a `TypeError` for what is not well-formed, and for a document type that would define entities. */
export function parseXml(text: string): XmlElement {
  refuseDefinitions(text)
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new TypeError(`it is not XML: line ${valid.err.line}: ${valid.err.msg}`)
  const roots = elementsIn(parsed(text))
  const [root] = roots
  if (root === undefined || roots.length > 1) throw new TypeError(`it is not XML: it has ${roots.length} roots`)
  return root
}

function parsed(text: string): unknown {
  try {
    return parser.parse(text) as unknown
  } catch (fault) {
    throw new TypeError(`it is not XML that can be read: ${fault instanceof Error ? fault.message : String(fault)}`, { cause: fault })
  }
}

/** JaCoCo and Cobertura name a DTD, which is never fetched; only what a file itself defines could multiply it. */
function refuseDefinitions(text: string): void {
  const start = text.indexOf('<!DOCTYPE')
  if (start === -1) return
  const type = text.slice(start, text.indexOf('>', start) + 1 || undefined)
  if (type.includes('[') || text.includes('<!ENTITY')) throw new TypeError('its document type defines entities, which no report needs')
}

function elementsIn(nodes: unknown): readonly XmlElement[] {
  if (!Array.isArray(nodes)) return []
  return nodes.flatMap((node: unknown): readonly XmlElement[] => {
    const entries = entriesOf(node)
    const tag = entries.find(([key]) => key !== ':@')
    if (tag === undefined || tag[0].startsWith('#')) return []
    const attributes = entriesOf(entries.find(([key]) => key === ':@')?.[1])
    return [{
      name: tag[0],
      attributes: new Map(attributes.map(([key, value]) => [key, plain(String(value))])),
      children: elementsIn(tag[1]),
      text: textIn(tag[1]),
    }]
  })
}

function textIn(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  return nodes.flatMap((node: unknown) => entriesOf(node).map(([key, value]) => (key === '#text' ? plain(String(value)) : key === '#cdata' ? raw(value) : ''))).join('')
}

/** Within CDATA an entity is only letters. */
function raw(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  return nodes.flatMap((node: unknown) => entriesOf(node).map(([, value]) => String(value))).join('')
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five entities of XML and characters by number; any other reference stays as it is written. */
function plain(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g, (written: string, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? written
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? written : String.fromCodePoint(code)
  })
}
