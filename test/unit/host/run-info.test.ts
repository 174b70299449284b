import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { runInfo } from '../../../core/host/run-info.js'

/** Two machines made from one image share their host name: what lives on one must not be dead to the other. */
test('the place of a run is told by more than the name of its host', () => {
  const { host, id } = runInfo({})
  expect(id).toBe(`terminal-${os.hostname()}-${process.pid}`)
  expect(runInfo({ GITHUB_ACTIONS: 'true' }).host).toBe(host)
  if (process.platform !== 'linux') return
  expect(host).toContain(`${os.hostname()}#${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 13)}-`)
})
