/** Users do not wait for the record of what is done for them. */
import { expect, test } from '@jest/globals'
import { openRecords } from '../../../core/drivers/registry.js'
import { realAmbient } from '../../support/surroundings.js'

test('a terminal without a token can go back where records are kept on a branch, too', async () => {
  const [folder, branch] = await openRecords({ state: '/none', recordsBranch: 'ledger' }, realAmbient({ work: '/', dist: '/' }))
  expect(folder).toBeDefined()
  await expect(branch!.newest('production', 1, () => undefined)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ message: expect.stringContaining('nothing says which one it is') })
})
