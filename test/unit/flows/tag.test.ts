/** The tag of an environment follows what is green there, and keeps nothing back. */
import { expect, test } from '@jest/globals'
import { RemoteError } from '../../../core/errors/families.js'
import { servingImage } from '../../../core/domain/release.js'
import { atRest, FlowLab, release, type Place } from '../../support/flow-lab.js'

const tagged: Place = { movesTag: true }
const imageOf = (version: string): string => servingImage(release(version))

test.each(['deploy', 'promote'] as const)('%s: it moves once the release is green and recorded, under the lease', async (how) => {
  const lab = await new FlowLab().served('v1')
  expect((await lab[how]('v2', { place: tagged })).ok).toBe(true)
  expect(lab.tags).toEqual(new Map([['production', imageOf('v2')]]))
  const order = lab.journal.filter((line) => /^(platform promote|ledger finish|registry|ledger release)/.test(line)).map((line) => line.split(' ').slice(0, 2).join(' '))
  expect(order.indexOf('registry tag')).toBeGreaterThan(order.indexOf('ledger finish'))
  expect(lab.rest).toEqual(atRest('v2'))
})

test('it stays where nothing went green', async () => {
  const lab = await new FlowLab().served('v1')
  lab.names = (_, usual) => (usual === 'v2' ? 'v9' : usual)
  expect((await lab.deploy('v2', { place: tagged })).ok).toBe(false)
  expect(lab.tags.size).toBe(0)
})

test('a rollback takes it along', async () => {
  const lab = await new FlowLab().served('v1', 'v2')
  expect((await lab.rollback({ place: tagged })).reason).toBe('rolled-back')
  expect(lab.tags.get('production')).toBe(imageOf('v1'))
})

test('a registry that refuses fails nothing, and the summary says so', async () => {
  const lab = await new FlowLab().served('v1')
  lab.tag = () => Promise.reject(new RemoteError('registry-refused', { message: 'Denied.', service: 'registry', operation: 'tag' }))
  const outcome = await lab.promote('v2', { place: tagged })
  expect(outcome.ok).toBe(true)
  expect(JSON.stringify(outcome.summary)).toContain('production` was not moved: Denied.')
  expect(lab.rest).toEqual(atRest('v2'))
})

test('nobody speaks to a registry where it is not asked for', async () => {
  const lab = await new FlowLab().served('v1')
  await lab.deploy('v2')
  expect(lab.journal.filter((line) => line.startsWith('registry'))).toEqual([])
})
