// The timeline where nothing can be redrawn: one line for each thing that happens.
import { firstSample, pollLine } from './polls.mjs'

export function openLines(stream, ink, startedAt) {
  let polls = 0
  const say = (text) => stream.write(`${ink.dim(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`)}  ${text}\n`)
  return {
    begin: (act) => {
      polls = 0
      say(`${ink.blue('▶')} ${ink.bold(act.title)}`)
    },
    end: (act, note) => say(`${ink.green('✓')} ${note}`),
    fail: (act) => say(`${ink.red('✗')} ${act.title}`),
    leave: (act, why) => say(`${ink.yellow('–')} ${act.title}: left out. ${why}`),
    look: ({ evidence }) => {
      const all = evidence?.polls() ?? []
      for (const poll of all.slice(polls)) say(`  ${pollLine(poll, ink, firstSample(all))}`)
      polls = all.length
    },
    close: () => undefined,
  }
}
