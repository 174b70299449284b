import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import type { Records } from '../../../core/ports/records.js'
import { deliveryHistory } from '../../support/deliveries.mjs'

export interface RecordsLab {
  readonly records: Records
  /** Puts a text where the record of a delivery is. */
  readonly spoil: (document: DeliveryDocument, text: (old: string) => string) => Promise<void>
  readonly close: () => Promise<void>
}

export const someDocuments = deliveryHistory({ deliveries: 40, details: 40, hostile: true }).documents.map((document) => JSON.parse(JSON.stringify(document)) as DeliveryDocument)

/** What every place for full records keeps to. */
export function recordsContract(name: string, open: () => Promise<RecordsLab>): void {
  describe(name, () => {
    let lab: RecordsLab
    const damage: string[] = []
    beforeEach(async () => {
      lab = await open()
      damage.length = 0
    })
    afterEach(() => lab.close())
    const newest = async (environment: string, most = 100, sha256Of?: (delivery: string) => string | undefined): Promise<readonly DeliveryDocument[]> => {
      const found: DeliveryDocument[] = []
      for await (const document of lab.records.newest(environment, most, (place, why) => void damage.push(`${place}: ${why}`), sha256Of)) found.push(document)
      return found
    }
    const production = someDocuments.filter(({ delivery }) => delivery.environment === 'production').slice(0, 6)
    const [first, second] = production as unknown as readonly [DeliveryDocument, DeliveryDocument]

    test('gives back what was put, newest first and no more than asked for', async () => {
      for (const document of production.toReversed()) await lab.records.put(document)
      expect(await newest('production')).toEqual(production)
      expect(await newest('production', 2)).toEqual(production.slice(0, 2))
      expect(await newest('staging')).toEqual([])
      expect(damage).toEqual([])
    })

    test('the same document twice is one, with one hash and one link', async () => {
      const kept = await lab.records.put(first)
      expect(kept).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), link: expect.stringContaining(first.delivery.id) })
      expect(await lab.records.put(first)).toEqual(kept)
      expect(await newest('production')).toHaveLength(1)
    })

    test('keeps environments apart', async () => {
      await lab.records.put(first)
      await lab.records.put({ ...second, delivery: { ...second.delivery, environment: 'staging' } })
      expect((await newest('production')).map(({ delivery }) => delivery.id)).toEqual([first.delivery.id])
      expect((await newest('staging')).map(({ delivery }) => delivery.id)).toEqual([second.delivery.id])
    })

    test('of two ends of one delivery the one counts that the ledger has the hash of', async () => {
      const other = { ...first, steps: [] }
      const hashes = [(await lab.records.put(first)).sha256, (await lab.records.put(other)).sha256]
      expect(await newest('production', 100, () => hashes[0])).toEqual([first])
      expect(await newest('production', 100, () => hashes[1])).toEqual([other])
    })

    test.each([
      ['changed', (old: string) => old.replace('"ms":', '"ms":1')],
      ['cut', (old: string) => old.slice(0, -20)],
      ['empty', () => ''],
      ['of a later version', (old: string) => old.replace('"v":1', '"v":2')],
    ])('one that is %s is told and left out; the others are given', async (_, text) => {
      const hash = (await lab.records.put(first)).sha256
      await lab.records.put(second)
      await lab.spoil(first, text)
      expect(await newest('production', 100, (delivery) => (delivery === first.delivery.id ? hash : undefined))).toEqual([second])
      expect(damage).toHaveLength(1)
    })

    test('without a hash a record must still be what its name says', async () => {
      await lab.records.put(first)
      await lab.spoil(first, (old) => old.replaceAll(first.delivery.id, second.delivery.id))
      expect(await newest('production')).toEqual([])
      expect(damage).toHaveLength(1)
    })
  })
}
