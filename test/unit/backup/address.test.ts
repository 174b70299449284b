import { describe, expect, test } from '@jest/globals'
import { addressOf, withoutSecrets } from '../../../core/drivers/databases/postgres/address.js'
import { InputError } from '../../../core/errors/families.js'

const refusal = (url: string): InputError => {
  try {
    addressOf(url)
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown
  }
  throw new Error('it was not refused')
}

describe('the address of a database', () => {
  test('becomes environment variables', () => {
    const address = addressOf('postgresql://al%40ice:p%2Fa%20ss@db.example:6543/My%20Shop?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3')
    expect(address).toMatchObject({ host: 'db.example', port: 6543, database: 'My Shop', label: 'db.example:6543/My Shop' })
    expect(address.env).toMatchObject({
      PGHOST: 'db.example', PGPORT: '6543', PGUSER: 'al@ice', PGPASSWORD: 'p/a ss', PGDATABASE: 'My Shop',
      PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem', PGCONNECT_TIMEOUT: '3',
    })
  })

  test.each([
    ['postgres://u:p@[::1]/shop', '::1', 5432],
    ['postgres://u@h/shop?host=/var/run/postgresql', '/var/run/postgresql', 5432],
    ['postgres://u@h/shop?port=7000', 'h', 7000],
  ])('%s', (url, host, port) => {
    expect(addressOf(url)).toMatchObject({ host, port })
  })

  test('never reads what the owner of the machine keeps in files', () => {
    const { env } = addressOf('postgres://u@h/shop')
    expect(env['PGPASSFILE']).toBe('/dev/null/none')
    expect(env['PGSERVICEFILE']).toBe('/dev/null/none')
    expect(env).not.toHaveProperty('PGPASSWORD')
  })

  test.each([
    ['mysql://u:geheim@h/shop', 'can not be read'],
    ['postgres://u:ge#heim@h/shop', 'can not be read'],
    ['postgres://u:geheim@h/shop?schema=public&pgbouncer=true', '`schema`'],
    ['postgres://u:geheim@/shop', 'can not be read'],
    ['postgres://u:geheim@h/', 'no database'],
    ['postgres://:geheim@h/shop', 'no user'],
    ['postgres://u:geheim%@h/shop', 'percent sign'],
  ])('%s is refused without its password', (url, why) => {
    const { message, fix, problems } = refusal(url)
    expect(message).toContain(why)
    expect(JSON.stringify([message, fix, problems])).not.toContain('heim')
  })

  test('names every unsupported parameter at once', () => {
    expect(refusal('postgres://u@h/shop?schema=public&pgbouncer=true').problems).toHaveLength(2)
  })

  test('takes the password out of what others say, as written and as meant', () => {
    const address = addressOf('postgres://u:p%2Fq@h/shop')
    expect(withoutSecrets(address, 'p/q and p%2Fq')).toBe('*** and ***')
  })
})
