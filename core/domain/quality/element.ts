/** A part of an XML document, as far as reports need it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text, without that of its children. */
  readonly text: string
}

export function childrenOf(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  return element.children.filter(({ name }) => names.includes(name))
}

/** Every element of this name below, at whatever depth; none within one that was found. */
export function below(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) => (child.name === name ? [child] : below(child, name)))
}

/** A count in an attribute; 0 where there is none, or no number. */
export function countIn(element: XmlElement, attribute: string): number {
  const value = Number(element.attributes.get(attribute))
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}
