import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { folderRecords } from '../../../core/drivers/records/folder/index.js'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import { byAge, deliveryIn, fileOf, folderOf } from '../../../core/domain/record-files.js'
import { realAmbient } from '../../support/surroundings.js'
import { recordsContract, someDocuments } from './suite.js'

recordsContract('a folder of records', async () => {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-records-'))
  return {
    records: folderRecords({ folder: '.ecluse/records' }, realAmbient({ work, dist: work })),
    spoil: (document, text) => {
      const file = path.join(work, '.ecluse/records', document.delivery.environment, `${document.delivery.id}.json`)
      writeFileSync(file, text(readFileSync(file, 'utf8')))
      return Promise.resolve()
    },
    close: () => rm(work, { recursive: true }),
  }
})

describe('a folder of records', () => {
  let work = ''
  beforeAll(async () => {
    work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-records-'))
  })
  afterAll(() => rm(work, { recursive: true }))

  const named = (environment: string, id: string): DeliveryDocument => ({ ...someDocuments[0]!, delivery: { ...someDocuments[0]!.delivery, environment, id } })

  test('no name leads out of it', async () => {
    const records = folderRecords({ folder: path.join(work, 'names') }, realAmbient({ work, dist: work }))
    const names = ['..', '.', '../..', 'a/b', '~', 'a~0123456789ab', '%2E', 'è\u{202e}', '.hidden', 'con']
    for (const name of names) {
      await records.put(named(name, name))
      const found: string[] = []
      for await (const { delivery } of records.newest(name, 9, () => undefined)) found.push(delivery.id)
      expect([name, found]).toEqual([name, [name]])
    }
    expect(readdirSync(path.join(work, 'names'))).toHaveLength(names.length)
    expect(readdirSync(work)).toEqual(['names'])
  })

  test('files of others are passed over', async () => {
    const folder = path.join(work, 'others')
    mkdirSync(path.join(folder, 'production', 'inner.json'), { recursive: true })
    for (const name of ['.part.json', 'README.md', '%.json']) writeFileSync(path.join(folder, 'production', name), '{}')
    const told: string[] = []
    for await (const _ of folderRecords({ folder }, realAmbient({ work, dist: work })).newest('production', 9, (place) => void told.push(place))) expect(_).toBeUndefined()
    expect(told).toEqual([])
  })

  test('what is younger comes first, by time and by number', () => {
    expect(['9', '10', '2'].toSorted(byAge)).toEqual(['2', '9', '10'])
    expect(['20261121T140500Z-b', '20261120T140500Z-c'].toSorted(byAge)).toEqual(['20261120T140500Z-c', '20261121T140500Z-b'])
    expect([fileOf('a'), fileOf('a', 'f'.repeat(64)), folderOf('..')]).toEqual(['a.json', 'a~ffffffffffff.json', '%2E.'])
    expect([deliveryIn('a~ffffffffffff.json'), deliveryIn('a.json'), deliveryIn('a.txt')]).toEqual(['a', 'a', undefined])
  })
})
