import { describe, expect, it } from '@jest/globals'
import { passwordsIn, secretSet } from '../../../core/host/secrets.js'

describe('secrets', () => {
  it('are hidden in every form they take', () => {
    const secrets = secretSet()
    const value = 'p@ss "w/rd" +1\\x'
    secrets.add(value)
    const forms = [value, JSON.stringify(value), encodeURIComponent(value), new URLSearchParams({ a: value }).get('a')!, encodeURI(value), Buffer.from(value).toString('base64')]
    for (const form of forms) expect(secrets.mask(`before ${form} after`)).toMatch(/^before "?\*\*\*"? after$/)
  })

  it('are hidden line by line', () => {
    const secrets = secretSet()
    secrets.add('-----BEGIN KEY-----\r\nabcdefgh\n  ijklmnop  \n}\n-----END KEY-----')
    expect(secrets.mask('abcdefgh and ijklmnop, { }')).toBe('*** and ***, { }')
  })

  it('hide the longer one whole', () => {
    const secrets = secretSet()
    secrets.add('token')
    secrets.add('token-of-mine')
    expect(secrets.mask('token-of-mine token')).toBe('*** ***')
  })

  it('leave what is in every second word', () => {
    const secrets = secretSet()
    for (const plain of ['', 'a', '1', '8080', 'true', 'False', 'null']) secrets.add(plain)
    expect(secrets.mask('a true answer of 1 on port 8080')).toBe('a true answer of 1 on port 8080')
  })

  it('say what is new, once', () => {
    const secrets = secretSet()
    expect(secrets.add('simple')).toContain('simple')
    expect(secrets.add('simple')).toEqual([])
  })

  it('are found in addresses', () => {
    expect(passwordsIn('postgres://me:s%2Fcret@host/db and redis://:other@h')).toEqual(['s%2Fcret', 's/cret', 'other', 'other'])
    expect(passwordsIn('postgres://me:me@host/db, postgres://me@host, https://host/a:b@c')).toEqual([])
  })
})
