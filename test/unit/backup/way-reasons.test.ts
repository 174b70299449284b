import { expect, test } from '@jest/globals'
import { reasonOf as ofRestore } from '../../../actions/db-restore/trouble.js'
import { reasonOf } from '../../../core/delivery/backup/trouble.js'
import type { ErrorCode } from '../../../core/errors/catalogue.js'
import { ProcessError, RemoteError } from '../../../core/errors/families.js'

const missing = new ProcessError('docker-missing', { message: 'no docker', argv: ['docker'], tail: [] })
const away = (code: ErrorCode): RemoteError => new RemoteError(code, { service: 'Docker', operation: 'look', message: 'no engine' })

test('what keeps the client programs from running where the database is has the reason that it would have here', () => {
  expect([reasonOf(missing, 'look', undefined), ofRestore(missing, 'look', undefined)]).toEqual(['program-missing', 'program-missing'])
  expect([reasonOf(away('docker-unreachable'), 'look', undefined), ofRestore(away('docker-unreachable'), 'look', undefined)]).toEqual(['database-unreachable', 'database-unreachable'])
  expect([reasonOf(away('docker-unreachable'), 'dump', undefined), ofRestore(away('docker-unreachable'), 'restore', undefined)]).toEqual(['dump-failed', 'restore-failed'])
})
