import { expect, test } from '@jest/globals'
import { lab } from './lab.js'

test('a rollback takes over from a delivery in flight, which yields and says so', async () => {
  const here = await lab({ production: `    rollout: { step: { at-least: 60s } }\n` })
  try {
    await here.run('canary-promote', await here.release({ version: '1' }))
    const load = here.loaded()
    const delivery = await here.start('canary-promote', await here.release({ version: '2' }))
    await here.recorded((line) => line.event?.verb === 'shift')
    const back = await here.run('rollback', { because: 'it looks wrong' })
    expect(back.outputs).toMatchObject({ reason: 'candidate-abandoned', version: '1', previous: '2' })
    expect(back.code).toBe(0)
    const yielded = await delivery.finished
    expect(yielded.outputs).toMatchObject({ reason: 'preempted', version: '1' })
    expect(yielded.code).toBe(1)
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: '1' } } })
    const counts = await load.stop()
    expect(counts.failures).toEqual({})
    const refused = await here.run('canary-promote', await here.release({ version: '2' }))
    expect(refused.outputs).toMatchObject({ reason: 'marked-bad' })
  } finally {
    await here.close()
  }
})

test('a second delivery does not push in', async () => {
  const here = await lab({ production: `    rollout: { step: { at-least: 60s } }\n` })
  try {
    await here.run('canary-promote', await here.release({ version: '1' }))
    const first = await here.start('canary-promote', await here.release({ version: '2' }))
    await here.recorded((line) => line.event?.verb === 'shift')
    const second = await here.run('canary-promote', await here.release({ version: '3' }))
    expect(second.outputs['reason']).toBe('lease-held')
    expect(second.code).toBe(1)
    first.kill('SIGINT')
    expect((await first.finished).outputs['reason']).toBe('cancelled')
  } finally {
    await here.close()
  }
})
