import { expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production } from './lab.js'

const [ANNA, BEN] = ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p', 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'] as const

test('inputs say all that the file can say of a backup', async () => {
  const inputs = {
    database: 'postgres://db', store: '{ s3: { bucket: shop-backups } }', 'copy-to': '{ disk: { path: /srv/offsite } }', 'encrypt-to': `${ANNA}, ${BEN}\n`, 'allow-unencrypted': 'True', format: 'directory', jobs: '4',
    verify: 'list', 'verify-in': '{ container: "postgres:17" }', checksums: 'true', keep: '{ daily: 3 }', 'max-age': '24h', through: '{ docker: { container: db } }',
  }
  expect((await environmentOf({ file: production('backup: { identity: "${env:KEY}", allow-unencrypted: false }'), inputs, unneeded: ['backup.identity'] })).backup).toMatchObject({
    database: 'postgres://db', store: { name: 's3', bucket: 'shop-backups' }, copyTo: { name: 'disk', path: '/srv/offsite' }, encryptTo: [ANNA, BEN], allowUnencrypted: true, format: 'directory', jobs: 4,
    proof: 'list', proveIn: { kind: 'container', image: 'postgres:17' }, checksums: true, keep: { daily: 3, weekly: 4, monthly: 12 }, maxAgeMs: 86_400_000, through: { kind: 'docker', container: 'db' },
  })
})

test('what is no recipient, no number of backups and no place is said, all at once', async () => {
  const said = await problemsOf({ file: production('platform: { local: {} }'), inputs: { database: 'x', 'encrypt-to': 'age1nobody', keep: '{ daily: 0, weekly: 0, monthly: 0 }', 'verify-in': '{ container: a, server: b }' } })
  expect(said.map((one) => /Input `([\w-]+)`/.exec(one)?.[1] ?? one).toSorted()).toEqual(['encrypt-to', 'keep', 'verify-in'])
})

test('who looks at no backup needs none of its variables', async () => {
  const file = production('platform: { local: {} }', 'backup: { database: "${env:A}", identity: "${env:B}", store: { s3: { bucket: shop-backups, access-key-id: "${env:C}", secret-access-key: "${env:D}" } }, verify-in: { server: "${env:E}" } }')
  expect(await problemsOf({ file })).toHaveLength(5)
  expect(await problemsOf({ file, unneeded: ['backup.identity'] })).toHaveLength(4)
  expect(await problemsOf({ file, unneeded: ['backup'] })).toEqual([])
  // A name that begins alike is another key.
  expect(await problemsOf({ file, unneeded: ['back'] })).toHaveLength(5)
})
