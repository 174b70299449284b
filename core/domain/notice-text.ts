import type { Notice } from './notice.js'

/** It is not over, and somebody should look: alerts and issues are opened by this. */
export function isTrouble({ severity, state }: Notice): boolean {
  return severity !== 'info' && state !== 'succeeded'
}

/** Somebody is to be woken by it. */
export function wakes(notice: Notice): boolean {
  return isTrouble(notice) && (notice.state === 'failed' || notice.severity === 'critical')
}

/** What a channel that can't edit remembers of its last message: it speaks again when this changes. */
export function stanceOf({ state, severity }: Notice): string {
  return `${state} ${severity}`
}

/** On one line, for subjects and titles: a line end would begin a header of its own. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
}

/** As it is, up to so many characters as written by `form`, which may make several of one. Never half a character, nor half of what stands for one. */
export function fitted(text: string, most: number, form: (character: string) => string = (character) => character): string {
  const parts: string[] = []
  let length = 0
  for (const character of text) {
    const part = form(character)
    length += part.length
    if (length > most) {
      for (let left = length - part.length; left > most - 1; left -= parts.pop()!.length);
      return `${parts.join('')}…`
    }
    parts.push(part)
  }
  return parts.join('')
}

/** For channels that show text as it is. */
export function plainText({ app, environment, state, title, text, facts, link }: Notice): string {
  const lines = [['application', app], ['environment', environment], ['state', state], ...facts].map(([name = '', value = '']) => `${oneLine(name)}: ${oneLine(value)}`)
  return [oneLine(title), ...(text === '' ? [] : [text]), lines.join('\n'), ...(link === '' ? [] : [link])].join('\n\n')
}
