/** A delivery as a trace shows it: the headings, and below each what was done. */
import { expect, test } from '@jest/globals'
import { openTracing } from '../../../core/drivers/registry-tracing.js'
import { tracedLog } from '../../../core/host/traced.js'
import { FlowLab } from '../../support/flow-lab.js'
import { startOtlp, type SeenSpan } from '../../support/services/otlp.js'

const quiet = (): void => undefined
const log = { step: quiet, info: quiet, progress: quiet, warn: quiet, error: quiet, debug: quiet }

async function traced(errors: Readonly<Record<string, number>> = {}): Promise<{ readonly spans: readonly SeenSpan[]; readonly tree: readonly string[] }> {
  const lab = await new FlowLab().served('v0', 'v1')
  Object.assign(lab.traffic.errors, errors)
  const receiver = await startOtlp()
  const tracing = await openTracing({ url: `${receiver.url}/v1/traces`, headers: {}, name: 'ecluse canary-promote', resource: {}, mask: (text) => text })
  lab.around = () => ({ tracing, log: tracedLog(log, tracing) })
  const { ok, reason } = await lab.promote('v2')
  expect(await tracing.finish({ ok, reason }, 5000)).toBeUndefined()
  await receiver.stop()
  expect(receiver.refused).toEqual([])
  const below = (parent: string, depth: number): readonly string[] =>
    receiver.spans.filter((span) => span.parent === parent).toSorted((a, b) => a.start - b.start).flatMap((span) => [`${'  '.repeat(depth)}${span.name}${span.failed ? ` (${span.message})` : ''}`, ...below(span.id, depth + 1)])
  return { spans: receiver.spans, tree: below('', 0) }
}

test('a delivery that goes well', async () => {
  const { tree, spans } = await traced()
  expect(tree).toEqual([
    'ecluse canary-promote',
    '  Plan',
    '  Start v2 at weight 0',
    '    launch',
    '    identify',
    '    checks',
    '      identify',
    '  10 % of the traffic to v2',
    '    shift 10 %',
    '  50 % of the traffic to v2',
    '    shift 50 %',
    '  Give v2 all of it',
    '    promote',
    '    identify',
    '    checks',
    '      identify',
  ])
  expect(spans.find(({ name }) => name.startsWith('50 %'))).toMatchObject({ attributes: { 'ecluse.weight': 50, 'ecluse.verdict': 'PASS', 'ecluse.polls': 3 } })
})

test('a delivery that is sent back says where and why', async () => {
  const { tree } = await traced({ v2: 0.3 })
  expect(tree.slice(-4)).toEqual(['  10 % of the traffic to v2 (high-error-rate)', '    shift 10 %', expect.stringMatching(/^ {2}Going back: At 10 % the judge failed the release/), '    abandon'])
  expect(tree[0]).toBe('ecluse canary-promote (high-error-rate)')
})
