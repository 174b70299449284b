import { describe, expect, test } from '@jest/globals'
import { checkOnce } from '../../../core/delivery/check-once.js'
import { healthTrigger, type HealthLook } from '../../../core/drivers/triggers/health/index.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { check, FlowLab } from '../../support/flow-lab.js'

const well: HealthLook = { failing: [], silent: false }
const ill: HealthLook = { failing: ['GET / (status 500)'], silent: false }
const mute: HealthLook = { failing: ['GET / (no answer)'], silent: true }

const made = (release: readonly (HealthLook | undefined)[], users: HealthLook = well): { readonly trigger: Trigger; readonly asked: string[] } => {
  const asked: string[] = []
  const left = [...release]
  const tryAt = (place: 'release' | 'users'): Promise<HealthLook> | undefined => {
    asked.push(place)
    const found = place === 'users' ? users : left.shift()
    return found && Promise.resolve(found)
  }
  return { trigger: healthTrigger({ after: 3, everyMs: 1000, tryAt }), asked }
}
const looks = async (trigger: Trigger, times: number, alone = false): Promise<readonly string[]> => {
  const kinds: string[] = []
  for (let look = 0; look < times; look += 1) kinds.push((await trigger.look({ version: 'v2', since: 0, alone })).kind)
  return kinds
}

describe('checks that fail', () => {
  test('so many times in a row send a release back, and not once less', async () => {
    expect(await looks(made([ill, ill, well, ill, ill, ill]).trigger, 6)).toEqual(['calm', 'calm', 'calm', 'calm', 'calm', 'fired'])
  })

  test('where users are as well: whoever is called is told', async () => {
    const { trigger, asked } = made([ill, ill, ill], ill)
    expect(await looks(trigger, 2)).toEqual(['calm', 'calm'])
    expect(await trigger.look({ version: 'v2', since: 0, alone: false })).toEqual({ kind: 'fired', detail: 'failed 3 times in a row: GET / (status 500). They fail where users are too: something that both releases need may be broken' })
    expect(asked).toEqual(['release', 'release', 'release', 'users'])
  })

  test('because nobody can be reached from here say nothing of the release', async () => {
    expect(await looks(made([mute, mute, mute, mute], mute).trigger, 4)).toEqual(Array(4).fill('no-data'))
    expect(await looks(made([mute, mute, mute], well).trigger, 3)).toEqual(['calm', 'calm', 'fired'])
  })

  test('with all traffic are those that users see, silence too', async () => {
    const { trigger, asked } = made([], mute)
    expect(await looks(trigger, 3, true)).toEqual(['calm', 'calm', 'fired'])
    expect(asked).toEqual(['users', 'users', 'users'])
  })

  test('can not be tried without a way to the release', async () => {
    expect(await looks(made([undefined]).trigger, 1)).toEqual(['no-data'])
  })
})

describe('one try of all checks', () => {
  const lab = new FlowLab()
  const { ambient } = lab.process()
  const at = { url: 'http://candidate.test', headers: {} }
  const two = [check, { ...check, name: 'GET /slow', path: '/slow' }]

  test('says what failed, and whether anything answered', async () => {
    lab.names = () => 'v2'
    lab.status = (url) => (url.endsWith('/slow') ? 503 : 200)
    expect(await checkOnce({ checks: two, degraded: 'warn' }, at, 1000, ambient)).toEqual({ failing: [expect.stringMatching(/^GET \/slow \(.*503/)], silent: false })
    lab.names = (url) => (url.endsWith('/slow') ? undefined : 'v2')
    expect(await checkOnce({ checks: two, degraded: 'warn' }, at, 1000, ambient)).toEqual({ failing: [expect.stringMatching(/^GET \/slow \(/)], silent: true })
    lab.names = () => 'v2'
    lab.status = () => 200
    expect(await checkOnce({ checks: two, degraded: 'warn' }, at, 1000, ambient)).toEqual({ failing: [], silent: false })
  })

  test('is given up with the run', async () => {
    const by = lab.process()
    by.cancel()
    await expect(checkOnce({ checks: two, degraded: 'warn' }, at, 1000, by.ambient)).rejects.toBeInstanceOf(RemoteError)
  })
})
