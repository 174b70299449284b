import type { Log } from '../../ports/log.js'
import type { Secrets } from '../secrets.js'
import type { Paint } from '../summary/terminal.js'
import { plain } from '../summary/escape.js'
import { thinned } from './progress.js'

export interface Screen {
  write(text: string): void
  readonly moving: boolean
  readonly columns: number
  readonly debug: boolean
}

export interface TerminalLog extends Log {
  end(): void
}

export function terminalLog(screen: Screen, secrets: Secrets, paint: Paint): TerminalLog {
  let moving = false
  const shown = (text: string): string => plain(secrets.mask(text))
  const clear = (): void => {
    if (moving) screen.write('\r\u001B[2K')
    moving = false
  }
  const line = (text: string): void => {
    clear()
    screen.write(`${text}\n`)
  }
  const thin = thinned((text) => line(`  ${shown(text)}`), () => performance.now())
  return {
    step(text) {
      thin.reset()
      line(paint.bold(`> ${shown(text)}`))
    },
    info: (text) => line(shown(text).split('\n').map((one) => `  ${one}`).join('\n')),
    progress(text) {
      if (!screen.moving) return thin.progress(text)
      clear()
      screen.write(`  ${shown(text).replaceAll('\n', ' ').slice(0, Math.max(20, screen.columns - 3))}`)
      moving = true
    },
    warn: (text) => line(paint.yellow(`  warning: ${shown(text)}`)),
    error: (text) => line(paint.red(`  ${shown(text)}`)),
    debug(text) {
      if (screen.debug) line(paint.dim(`  ${shown(text)}`))
    },
    end: clear,
  }
}

export function paints(colours: boolean): Paint {
  const paint = (code: number) => (text: string): string => (colours ? `\u001B[${code}m${text}\u001B[0m` : text)
  return { bold: paint(1), dim: paint(2), red: paint(31), yellow: paint(33) }
}
