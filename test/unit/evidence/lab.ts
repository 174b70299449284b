/** An evidence file as a canary over fakes writes it. */
import { FlowLab, type Place } from '../../support/flow-lab.js'

export async function written(more: { readonly errors?: Readonly<Record<string, number>>; readonly orders?: Record<string, number>; readonly place?: Place } = {}): Promise<string> {
  const lab = await new FlowLab().served('v0', 'v1')
  Object.assign(lab.traffic.errors, more.errors)
  if (more.orders !== undefined) lab.traffic.orders = more.orders
  const { outputs } = await lab.promote('v2', { ...(more.place === undefined ? {} : { place: more.place }) })
  return lab.files.get(outputs.evidence)!
}

/** The file with one line's value changed; `undefined` takes it out. Lines count from 1. */
export function changed(text: string, line: number, path: readonly (string | number)[], value: unknown): string {
  const rows = text.split('\n')
  const entry: object = JSON.parse(rows[line - 1]!)
  const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), entry)
  Reflect.set(parent, path.at(-1)!, value)
  rows[line - 1] = JSON.stringify(entry)
  return rows.join('\n')
}
