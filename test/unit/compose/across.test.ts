import { describe, expect, test } from '@jest/globals'
import type { Observed, RunningRelease } from '../../../core/domain/platform.js'
import { everywhere, together } from '../../../core/drivers/platforms/compose/across.js'
import { releaseOf } from '../../support/images.js'

const release = (version: string): RunningRelease['release'] => releaseOf('shop', version, `registry.example/shop@sha256:${version.padEnd(64, '0')}`)
const running = (version: string, healthy = true): RunningRelease => ({ release: release(version), id: `id-${version}`, healthy })
const host = (stable: string | undefined, candidate?: string, weight = 0, more: Partial<Observed> = {}): Observed =>
  ({ ...(stable === undefined ? {} : { stable: running(stable) }), ...(candidate === undefined ? {} : { candidate: running(candidate) }), weight, ...more })
const told = ({ stable, candidate, weight }: Observed): unknown => [stable?.release.version, candidate?.release.version, weight]

describe('several hosts seen as one', () => {
  test.each([
    ['all the same', [host('v1'), host('v1')], ['v1', undefined, 0]],
    ['one host alone', [host('v1', 'v2', 25)], ['v1', 'v2', 25]],
    ['nothing anywhere', [host(undefined), host(undefined)], [undefined, undefined, 0]],
    ['a launch that reached the first', [host('v1', 'v2'), host('v1')], ['v1', 'v2', 0]],
    ['a weight that reached the first', [host('v1', 'v2', 50), host('v1', 'v2', 25)], ['v1', 'v2', 50]],
    ['a promotion that reached the first', [host('v2'), host('v1', 'v2', 100)], ['v1', 'v2', 100]],
    ['a promotion whose last host lost its trial', [host('v2'), host('v1')], ['v1', 'v2', 100]],
    ['a promotion that stopped at the second of three', [host('v2'), host('v2'), host('v1', 'v2', 100)], ['v1', 'v2', 100]],
    ['a first release that reached one host', [host('v1'), host(undefined)], [undefined, 'v1', 100]],
    ['a first release on trial', [host(undefined, 'v1'), host(undefined)], [undefined, 'v1', 0]],
  ])('%s', (_name, hosts, expected) => {
    expect(told(together(hosts))).toEqual(expected)
  })

  test('a candidate that one host has not is not healthy, and neither is a stable one that is ill anywhere', () => {
    expect(together([host('v1', 'v2'), host('v1')]).candidate?.healthy).toBe(false)
    expect(together([host('v1', 'v2'), host('v1', 'v2')]).candidate?.healthy).toBe(true)
    expect(together([host('v1'), { stable: running('v1', false), weight: 0 }]).stable?.healthy).toBe(false)
    expect(together([host('v1'), host('v1')]).stable?.healthy).toBe(true)
  })

  test('traffic goes back at the earliest moment of any host', () => {
    expect(together([host('v1', 'v2', 5, { returnsAt: 9 }), host('v1', 'v2', 5, { returnsAt: 7 }), host('v1', 'v2', 5)]).returnsAt).toBe(7)
  })

  test('only what every host keeps can come back', () => {
    const past = (version: string, servedAt: number) => ({ id: version, release: release(version), servedAt })
    expect(everywhere([[past('v3', 3), past('v2', 2)], [past('v1', 1), past('v3', 4)]]).map(({ id }) => id)).toEqual(['v3'])
    expect(everywhere([[past('v3', 3), past('v2', 2)]]).map(({ id }) => id)).toEqual(['v3', 'v2'])
    expect(everywhere([])).toEqual([])
  })
})
