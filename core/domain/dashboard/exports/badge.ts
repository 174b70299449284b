import type { EnvironmentPanel } from '../model.js'
import { shortened, xmlText } from './markup.js'

const MOST_CHARACTERS = 40
const MOST_SPOKEN = 200
const PADDING = 6
/** White on each of them reads at 4.5:1 or better. */
const COLOURS = { live: '#1a7f37', moving: '#0b5cad', unknown: '#59636e' } as const

/** What runs in an environment, as a picture for a README. */
export function badgeSvg({ name, live, inFlight }: Pick<EnvironmentPanel, 'name' | 'live' | 'inFlight'>): string {
  const serving = live?.version ?? 'nothing on record'
  if (inFlight === undefined) return drawn(name, serving, `${name}: ${serving}`, live === undefined ? COLOURS.unknown : COLOURS.live)
  const left = inFlight.leftBehind === true
  const spoken = `${name}: ${serving}, ${inFlight.kind} of ${inFlight.version} ${left ? 'left unfinished' : 'on its way'}`
  return drawn(name, left ? `${serving}, unfinished ${inFlight.version}` : `${serving} → ${inFlight.version}`, spoken, left ? COLOURS.unknown : COLOURS.moving)
}

function drawn(whole: string, told: string, spoken: string, colour: string): string {
  const [label, value] = [oneLine(whole, MOST_CHARACTERS), oneLine(told, MOST_CHARACTERS)]
  const [left, right] = [widthOf(label), widthOf(value)]
  const [first, second] = [left + 2 * PADDING, right + 2 * PADDING]
  const title = xmlText(oneLine(spoken, MOST_SPOKEN))
  // `textLength` makes the text as wide as it was reckoned, whichever font there is.
  const text = (x: number, width: number, content: string): string => `<text x="${x}" y="14" textLength="${width}" lengthAdjust="spacingAndGlyphs">${xmlText(content)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${first + second}" height="20" viewBox="0 0 ${first + second} 20" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<clipPath id="r"><rect width="${first + second}" height="20" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${first}" height="20" fill="#333"/><rect x="${first}" width="${second}" height="20" fill="${colour}"/></g>`,
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" xml:space="preserve">${text(PADDING, left, label)}${text(first + PADDING, right, value)}</g>`,
    '</svg>\n',
  ].join('')
}

/** White space is a space, and nothing turns the direction of what stands beside it. */
function oneLine(text: string, most: number): string {
  return shortened(text.replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replaceAll(/\s+/g, ' ').trim(), most)
}

/** About as wide as Verdana at 11 px. */
function widthOf(text: string): number {
  return Math.max(6, Math.round(Array.from(text).reduce((sum, character) => sum + advance(character), 0)))
}

function advance(character: string): number {
  if (/[ijl.,:;'|! ]/.test(character)) return 3.9
  if (/[frt()[\]{}/\\-]/.test(character)) return 4.9
  if (/[mwMW%@→…]/.test(character)) return 10.2
  if (/[A-Z]/.test(character)) return 7.6
  if (/[\u0020-\u02ff]/.test(character)) return 6.8
  return 11
}
