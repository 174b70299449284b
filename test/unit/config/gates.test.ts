import { describe, expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production } from './lab.js'

const place = '`environments.production.freeze`'

describe('freeze', () => {
  test.each<[string, string, object]>([
    ['a text', 'freeze: Fri 16:00–Mon 08:00 Europe/Paris', { appliesTo: ['deploy', 'promote'], windows: [{ text: 'Fri 16:00–Mon 08:00 Europe/Paris', zone: 'Europe/Paris', weekly: true }] }],
    ['a list', 'freeze: [Sat–Sun, "22:00–06:00 Europe/Paris", 2026-12-24–2026-12-27]', { windows: [{ zone: 'UTC' }, { zone: 'Europe/Paris' }, { weekly: false }] }],
    ['a mapping', 'freeze: { windows: [Sat–Sun, Mon 00:00–04:00 UTC], holidays: [2026-12-25], time-zone: Europe/Paris, applies-to: [promote] }', {
      appliesTo: ['promote'], windows: [{ zone: 'Europe/Paris' }, { zone: 'UTC' }, { text: 'holiday 2026-12-25', zone: 'Europe/Paris' }],
    }],
    ['holidays alone', 'freeze: { holidays: [2026-12-25, 2026-12-31–2027-01-01] }', { windows: [{ text: 'holiday 2026-12-25' }, { text: 'holiday 2026-12-31–2027-01-01' }] }],
  ])('%s', async (_, line, expected) => {
    expect((await environmentOf({ file: production(line) })).freeze).toMatchObject(expected)
  })

  test('is nothing when the file says nothing', async () => {
    expect(await environmentOf({ file: production() })).not.toHaveProperty('freeze')
  })

  test.each<[string, string, readonly string[]]>([
    ['words', 'freeze: weekends', [`4:5: ${place} is "weekends". Write a window such as`]],
    ['a day that is none', 'freeze: Frill 16:00–Mon 08:00', [`4:5: ${place} is "Frill 16:00–Mon 08:00". Write days and times that exist`]],
    ['a place without a clock', 'freeze: Sat–Sun Europe/Atlantis', [`4:5: ${place} is "Sat–Sun Europe/Atlantis". Write the name of a time zone as IANA lists it`]],
    ['a number', 'freeze: 3', [`4:5: ${place} is 3. Write a window such as`]],
    ['an empty list', 'freeze: []', [`4:5: ${place} is []. Write at least one window`]],
    ['one of a list', 'freeze: [Sat, Sut]', ['4:19: `environments.production.freeze.1` is "Sut". Write a window such as']],
    ['nothing in it', 'freeze: { time-zone: Europe/Paris }', [`4:5: ${place} is a mapping of time-zone. Write \`windows\`, \`holidays\` or both.`]],
    ['a key that is not there', 'freeze: { windows: [Sat], zone: UTC }', ['4:31: `environments.production.freeze.zone` is not a key that exists here. Use one of windows, holidays, time-zone, applies-to.']],
    ['a holiday with hours', 'freeze: { holidays: [2026-12-25 10:00] }', ['4:26: `environments.production.freeze.holidays.0` is "2026-12-25 10:00". Write a date such as `2026-12-25`']],
    ['an unknown zone', 'freeze: { windows: [Sat], time-zone: Mars }', ['4:31: `environments.production.freeze.time-zone` is "Mars". Write the name of a time zone']],
    ['a stop for rollbacks', 'freeze: { windows: [Sat], applies-to: [rollback] }', ['4:44: `environments.production.freeze.applies-to.0` is "rollback". Write `deploy` or `promote`.']],
  ])('%s is refused', async (_, line, said) => {
    expect(await problemsOf({ file: production(line) })).toEqual(said.map((one) => expect.stringContaining(`ecluse.yml:${one}`)))
  })
})

test('four-eyes and where migrations are', async () => {
  const found = await environmentOf({ file: production('four-eyes: { older-than: 30d }', 'migrate: { paths: [db/changes/**] }') })
  expect(found).toMatchObject({ fourEyes: { olderThanMs: 30 * 86_400_000 }, migrate: { paths: ['db/changes/**'] } })
  expect(await problemsOf({ file: production('four-eyes: { older-than: 30 }') })).toEqual([expect.stringContaining('`environments.production.four-eyes.older-than` is 30. Write a duration above zero')])
})
