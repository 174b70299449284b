/** The only place where elements are made: texts go in as text, addresses only when they lead to a web page. */

export type Content = Node | string | number | undefined | readonly Content[]

/** Attributes by name; `true` is an attribute without a value, `false` and `undefined` leave it out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** `el('dd.figure', { id: 'x' }, 'text')` */
export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag | `${Tag}.${string}`, attributes?: Attributes, ...content: readonly Content[]): HTMLElementTagNameMap[Tag]
export function el(tag: string, attributes: Attributes = {}, ...content: readonly Content[]): HTMLElement {
  const [name = 'div', ...classes] = tag.split('.')
  const made = document.createElement(name)
  if (classes.length > 0) made.classList.add(...classes)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : String(value))
  }
  append(made, content)
  return made
}

function append(parent: Node, content: readonly Content[]): void {
  for (const part of content) {
    if (part === undefined) continue
    if (part instanceof Node) parent.appendChild(part)
    else if (typeof part === 'object') append(parent, part)
    else parent.appendChild(document.createTextNode(String(part)))
  }
}

const SVG = 'http://www.w3.org/2000/svg'

/** A drawing that says nothing by itself: the words stand beside it. */
export function drawing(size: readonly [number, number], shapes: readonly (readonly [string, Attributes])[]): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${size[0]} ${size[1]}`, width: size[0], height: size[1], 'aria-hidden': 'true', focusable: 'false' })) svg.setAttribute(key, String(value))
  for (const [name, attributes] of shapes) {
    const shape = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value))
    svg.appendChild(shape)
  }
  return svg
}

/** What stands between backticks in a sentence is a name. */
export const prose = (sentence: string): readonly Content[] => sentence.split(/`([^`]+)`/).map((part, index) => (index % 2 === 0 ? part : el('code', {}, part)))

/** A link to another site; only the text when the address would do anything but open a page. */
export function outward(address: string | undefined, ...content: readonly Content[]): HTMLElement {
  const safe = webAddress(address)
  return safe === undefined ? el('span', {}, ...content) : el('a', { href: safe, rel: 'noopener noreferrer' }, ...content)
}

export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

export const fill = (holder: Element, ...content: readonly Content[]): void => {
  holder.replaceChildren()
  append(holder, content)
}

export function found(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no element \`${id}\`: it was not made by the build of this program.`)
  return element
}
