import { expect, test } from '@jest/globals'
import { localLab } from '../../support/local-lab.js'
import { live } from './suite.js'

test('a state folder whose path is too long for a socket works all the same', async () => {
  const lab = await localLab({}, { state: `${'deep-'.repeat(20)}/${'deeper-'.repeat(15)}` })
  try {
    await live({ open: () => lab.open() }, await lab.release({ version: 'v1' }))
    expect(await (await fetch(lab.url)).json()).toEqual({ version: 'v1' })
  } finally {
    await lab.close()
  }
})
