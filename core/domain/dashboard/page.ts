import type { DashboardModel } from './model.js'

const PLACE = '<script type="application/json" id="model">/*MODEL*/</script>'

/** The page with its model in it; `undefined` when the text is not the page that the build makes. */
export function pageWith(page: string, model: DashboardModel): string | undefined {
  const at = page.indexOf(PLACE)
  if (at < 0 || page.includes(PLACE, at + 1)) return undefined
  // No `<` reaches the page, so nothing in a text can end the element; JSON reads the escape as the same letter.
  const data = JSON.stringify(model).replaceAll('<', String.raw`\u003c`)
  return `${page.slice(0, at)}${PLACE.replace('/*MODEL*/', () => data)}${page.slice(at + PLACE.length)}`
}
