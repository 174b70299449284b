import type { DashboardModel } from '../model.js'

const MARK = '<script type="application/json" id="model">/*MODEL*/</script>'

/** The page with the model in it; `undefined` when the template does not have exactly one place for it. */
export function pageWith(template: string, model: DashboardModel): string | undefined {
  const [before, after, ...more] = template.split(MARK)
  if (before === undefined || after === undefined || more.length > 0) return undefined
  return `${before}${MARK.replace('/*MODEL*/', () => inScript(JSON.stringify(model)))}${after}`
}

/** JSON that can't end the element it stands in, nor begin a comment there. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
