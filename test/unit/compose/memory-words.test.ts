import { expect, test } from '@jest/globals'
import { bytesOf } from '../../../core/drivers/platforms/compose/host/memory-words.js'

test.each([
  ['12.5MiB / 1.9GiB', 12.5 * 2 ** 20], ['1.9GiB / 2GiB', 1.9 * 2 ** 30], ['824KiB / 64MiB', 824 * 1024], ['104.9MB / 2GB', 104.9e6], ['512B / 1GiB', 512],
  ['0B / 0B', undefined], ['-- / --', undefined], ['', undefined], ['12 parsecs', undefined],
])('docker stats says "%s"', (usage, bytes) => {
  expect(bytesOf(usage)).toBe(bytes)
})
