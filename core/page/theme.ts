/** Light or dark: as the system says until somebody chooses, then as chosen. */
import { el, fill } from './elements.js'

type Theme = 'light' | 'dark'

const KEY = 'ecluse-theme'
const system = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)')

/** The place where it is kept may be closed to a page that is a file. */
function kept(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : undefined
  } catch {
    return undefined
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // It holds for as long as the page is open.
  }
}

const chosen = (): string | undefined => document.documentElement.dataset['theme']
const current = (): Theme => (chosen() === 'dark' || (chosen() === undefined && system().matches) ? 'dark' : 'light')

/** Charts are drawn, not styled: they are told, for as long as they are on the page. */
export function onThemeChange(holder: Element, redraw: () => void): void {
  const follow = (): void => {
    if (holder.isConnected) redraw()
    else document.removeEventListener('ecluse-theme', follow)
  }
  document.addEventListener('ecluse-theme', follow)
}

const announce = (): void => void document.dispatchEvent(new Event('ecluse-theme'))

export function themeButton(): HTMLElement {
  const button = el('button.quiet-button', { type: 'button' })
  const label = (): void => fill(button, current() === 'dark' ? 'Light theme' : 'Dark theme')
  const apply = (theme: Theme): void => {
    document.documentElement.dataset['theme'] = theme
  }
  const remembered = kept()
  if (remembered !== undefined) apply(remembered)
  button.addEventListener('click', () => {
    const next = current() === 'dark' ? 'light' : 'dark'
    apply(next)
    keep(next)
    label()
    announce()
  })
  system().addEventListener('change', () => {
    label()
    announce()
  })
  label()
  return button
}
