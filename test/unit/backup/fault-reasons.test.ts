import { expect, test } from '@jest/globals'
import { reasonOf, type Phase } from '../../../core/delivery/backup/trouble.js'
import type { ErrorCode } from '../../../core/errors/catalogue.js'
import { FileError, InputError, ProcessError, RemoteError, StateError } from '../../../core/errors/families.js'

const remote = (code: ErrorCode): RemoteError => new RemoteError(code, { service: 'x', operation: 'y', message: 'It went wrong.' })
const state = (code: ErrorCode): StateError => new StateError(code, { message: 'It went wrong.' })
const program = (code: ErrorCode): ProcessError => new ProcessError(code, { message: 'It went wrong.', argv: ['x'], tail: [] })

const faults: readonly (readonly [string, unknown, Phase, string])[] = [
  ['nobody listens', remote('database-unreachable'), 'look', 'database-unreachable'],
  ['a wrong password', remote('login-refused'), 'look', 'login-refused'],
  ['a table that may not be read', remote('database-refused'), 'dump', 'database-refused'],
  ['a connection that is cut', remote('connection-lost'), 'dump', 'connection-lost'],
  ['a server that restarts', remote('server-restarted'), 'dump', 'server-restarted'],
  ['a dump that fails', remote('dump-failed'), 'dump', 'dump-failed'],
  ['a client that is too old', new InputError([{ code: 'client-too-old', message: 'Too old.', fix: 'Install a newer one.' }]), 'look', 'client-too-old'],
  ['no client', program('program-missing'), 'look', 'program-missing'],
  ['a full disk', new FileError('disk-full', { message: 'Full.', path: '/' }), 'dump', 'disk-full'],
  ['a store that fails half way', new FileError('file-refused', { message: 'No.', path: '/' }), 'dump', 'store-failed'],
  ['a store that refuses', remote('store-refused'), 'dump', 'store-refused'],
  ['a store that does not answer', remote('store-unreachable'), 'dump', 'store-unreachable'],
  ['a store that pretends', state('store-unsafe'), 'look', 'store-unsafe'],
  ['a clock that is wrong', remote('clock-skewed'), 'look', 'clock-skewed'],
  ['flipped bits', state('backup-corrupt'), 'restore', 'backup-corrupt'],
  ['a copy that does not restore', remote('restore-failed'), 'restore', 'restore-failed'],
  ['no scratch database', remote('database-refused'), 'scratch', 'no-scratch'],
  ['a second store that refuses', remote('store-refused'), 'copy', 'copy-failed'],
  ['a ledger that takes nothing', new FileError('file-refused', { message: 'No.', path: '/' }), 'record', 'record-failed'],
  ['no time left', program('program-timeout'), 'dump', 'timed-out'],
]

test.each(faults)('%s has a reason of its own', (_, fault, phase, reason) => {
  expect(reasonOf(fault, phase, undefined)).toBe(reason)
  expect(faults.filter(([, , , other]) => other === reason)).toHaveLength(1)
})

test('a bug and an input that can not be used are no reasons', () => {
  expect([reasonOf(new TypeError('x'), 'dump', undefined), reasonOf(new InputError([{ code: 'input-invalid', message: 'x', fix: 'y' }]), 'look', undefined)]).toEqual([undefined, undefined])
})

test('who cancels while older backups go keeps the one that was taken, and is told so', () => {
  const cancelled = new Error('the run was cancelled (SIGINT)')
  expect([reasonOf(cancelled, 'dump', 'cancelled'), reasonOf(cancelled, 'record', 'cancelled'), reasonOf(cancelled, 'retention', 'cancelled')]).toEqual(['cancelled', 'record-failed', 'retention-failed'])
})
