import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { MUCH } from '../../support/backup-lab.js'
import { commandLinesDuring } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { shownOf, visible } from '../../support/visible.js'
import { nightLab, type NightLab } from './lab.js'

const BOTH = `      store: { disk: { path: backups } }
      copy-to: { disk: { path: offsite } }
`

withEngines(['postgres', 'pg-clients', 'zstd'], 'db-backup, as a runner runs it', () => {
  let lab: NightLab
  beforeAll(async () => {
    lab = await nightLab(MUCH)
  })
  afterAll(() => lab.close())

  test('encrypted, copied, kept and watched, and what is secret appears nowhere', async () => {
    const { recipient, identity } = await ageEncryption().key()
    await lab.configure(`${BOTH}      encrypt-to: [${recipient}]\n      identity: "\${env:BACKUP_IDENTITY}"\n      keep: { daily: 1, weekly: 1, monthly: 1 }\n      max-age: 1h\n`)
    expect(await lab.run({ mode: 'check' })).toMatchObject({ code: 1, outputs: { reason: 'none-verified' } })
    const { result, seen } = await commandLinesDuring(() => lab.run())
    expect(result).toMatchObject({ code: 0, outputs: { reason: 'verified', verified: 'true' }, post: { code: 0 } })
    const object = result.outputs['object']!
    expect(object).toMatch(/\.age$/)
    expect([lab.files('backups'), lab.files('offsite')]).toEqual([[object, `${object}.receipt.json`], [object, `${object}.receipt.json`]])

    // No delivery waits with a backup of three days ago.
    const old = { ...JSON.parse(result.outputs['receipt']!), takenAt: new Date(Date.now() - 3 * 86_400_000).toISOString() }
    for (const place of ['backups', 'offsite']) await writeFile(path.join(lab.work, place, `${object}.receipt.json`), JSON.stringify(old))

    const second = await lab.run({}, { BACKUP_IDENTITY: identity })
    expect(JSON.parse(second.outputs['removed']!)).toEqual([result.outputs['receipt-id']])
    expect(lab.files('offsite')).toHaveLength(2)
    const [check, pruned] = [await lab.run({ mode: 'check' }), await lab.run({ mode: 'prune', 'dry-run': 'true' })]
    expect(check).toMatchObject({ code: 0, outputs: { reason: 'recent', 'receipt-id': second.outputs['receipt-id'] } })
    expect(Number(check.outputs['age'])).toBeGreaterThanOrEqual(0)
    expect(pruned).toMatchObject({ code: 0, outputs: { reason: 'planned', removed: '[]' } })

    const receipt = await readFile(path.join(lab.work, 'backups', `${second.outputs['object']}.receipt.json`), 'utf8')
    const said = [result, second, check, pruned].map(visible).join('\n') + [result, second].map(({ post }) => `${post?.stdout}${post?.stderr}`).join('\n')
    expect(shownOf([lab.password, identity], said + receipt + seen)).toEqual([])
    // Neither is the key that a run makes for itself.
    expect((said + receipt + seen).match(/.*AGE-SECRET-KEY.*/g)).toBeNull()
    expect(seen).toContain('pg_dump ')
  }, 300_000)

  test.each([['the dump began', '::group::Dump `shop`'], ['the proof began', '::group::Prove it'], ['the copy began', '::group::Copy it to']])('killed when %s: nothing looks like a backup, and the next run clears it away', async (_, sign) => {
    await lab.configure(BOTH.replaceAll('backups', `killed-${sign.length}`).replaceAll('offsite', `away-${sign.length}`))
    let seen = (): void => undefined
    const begun = new Promise<void>((resolve) => {
      seen = resolve
    })
    const run = await lab.start({}, {}, (line) => (line.includes(sign) ? seen() : undefined))
    await begun
    run.kill('SIGKILL')
    await run.finished
    const places = [`killed-${sign.length}`, `away-${sign.length}`]
    for (const place of places) expect(lab.files(place).filter((name) => name.endsWith('.receipt.json'))).toEqual([])
    const next = await lab.run()
    expect(next).toMatchObject({ code: 0, outputs: { reason: 'verified' } })
    for (const place of places) expect(lab.files(place)).toEqual([next.outputs['object'], `${next.outputs['object']}.receipt.json`])
    // A program of the killed run may have been at work still when the next one looked.
    for (let look = 0; look < 5 && lab.scratches().length > 0; look += 1) await lab.run({ mode: 'backup', verify: 'list' })
    expect(lab.scratches()).toEqual([])
  }, 300_000)

  test.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['a wrong password', 'login-refused', {}, { DATABASE_URL: 'wrong' }],
    ['a store that is a file', 'store-failed', { store: '{ disk: { path: a-file } }' }, {}],
    ['a second store that is a file', 'store-failed', { 'copy-to': '{ disk: { path: a-file } }' }, {}],
    ['a revision that can not be read', 'revision-failed', { revision: 'echo no; exit 3' }, {}],
    ['a bucket for all to read', 'unencrypted', { store: '{ s3: { bucket: shop-backups, endpoint: "http://store.example:9", access-key-id: a, secret-access-key: planted-key-6d } }' }, {}],
    ['a bucket that nobody serves', 'store-unreachable', { 'encrypt-to': 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p', store: '{ s3: { bucket: shop-backups, endpoint: "http://127.0.0.1:9", access-key-id: a, secret-access-key: planted-key-6d } }' }, {}],
    ['no time', 'timed-out', { within: '1ms' }, {}],
    ['no recipient', 'invalid-input', { 'encrypt-to': 'age1nobody' }, {}],
    ['no policy to prune by', 'invalid-input', { mode: 'prune' }, {}],
  ])('%s ends as %s, with nothing left', async (_, reason, inputs, env) => {
    await lab.configure('      store: { disk: { path: faults } }\n')
    await writeFile(path.join(lab.work, 'a-file'), '')
    const wrong = lab.server.url.replace(/:[^:@/]*@/, ':planted-pa55-wrong@')
    const result = await lab.run(inputs, Object.fromEntries(Object.entries(env).map(([name]) => [name, wrong])))
    expect(result).toMatchObject({ code: 1, outputs: { reason } })
    expect(result.outputs['receipt'] ?? '').toBe('')
    expect(lab.files('faults').filter((name) => !name.startsWith('.'))).toEqual([])
    expect(shownOf([lab.password, 'planted-pa55-wrong', 'planted-key-6d'], visible(result))).toEqual([])
    expect(lab.scratches()).toEqual([])
  })

  test('a table that may not be read ends as database-refused and is named', async () => {
    await lab.configure('      store: { disk: { path: faults } }\n')
    lab.sql(`CREATE ROLE reader LOGIN CREATEDB PASSWORD 'planted-pa55-r'; CREATE TABLE closed (a int);`, 'shop')
    const url = lab.server.url.replace(/\/\/[^@]*@([^/]*)\/.*/, '//reader:planted-pa55-r@$1/shop')
    const result = await lab.run({}, { DATABASE_URL: url })
    expect(result).toMatchObject({ code: 1, outputs: { reason: 'database-refused' } })
    expect(result.stdout).toContain('permission denied for public.closed')
    expect(lab.files('faults').filter((name) => !name.startsWith('.'))).toEqual([])
  })
})
