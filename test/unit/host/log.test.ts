import { describe, expect, it } from '@jest/globals'
import { paints, terminalLog } from '../../../core/host/faces/terminal-log.js'
import { thinned } from '../../../core/host/faces/progress.js'
import { secretSet } from '../../../core/host/secrets.js'

describe('progress', () => {
  it('replaces its last line where lines can move', () => {
    let text = ''
    const log = terminalLog({ write: (part) => (text += part), moving: true, columns: 40, debug: false }, secretSet(), paints(false))
    log.progress('one')
    log.progress('two\nlines that are longer than the terminal is wide')
    log.info('done')
    log.debug('hidden')
    expect(text).toBe('  one\r\u001B[2K  two lines that are longer than the te\r\u001B[2K  done\n')
  })

  it('is thinned out where they can not', () => {
    let now = 0
    const lines: string[] = []
    const thin = thinned((line) => lines.push(line), () => now)
    for (now = 0; now < 30_000; now += 1000) thin.progress(`at ${now}`)
    thin.reset()
    thin.progress('new step')
    expect(lines).toEqual(['at 0', 'at 10000', 'at 20000', 'new step'])
  })
})
