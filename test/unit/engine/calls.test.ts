import { describe, expect, test } from '@jest/globals'
import { hiding } from '../../../core/drivers/engines/docker/redaction.js'
import { neverArrived, onlyLooks } from '../../../core/drivers/engines/docker/repeating.js'

const words = (line: string): readonly string[] => line.split(' ')

describe('a call that only looks', () => {
  test.each(['ps --all', 'inspect shop', 'container inspect shop', 'container ls', 'image inspect x', 'images', 'network ls', 'volume inspect v', 'version', 'info', 'logs --tail 5 shop', 'cp --follow-link shop:/x -', 'compose -p shop ps', 'compose -f up.yml config', 'manifest inspect x', 'buildx imagetools inspect x', 'system df'])('is `%s`', (line) => {
    expect(onlyLooks(words(line))).toBe(true)
  })

  test.each(['run -d x', 'start shop', 'stop shop', 'rm -f shop', 'kill shop', 'cp - shop:/x', 'cp x shop:/x', 'exec shop ps', 'rename a b', 'create x', 'pull x', 'push x', 'tag a b', 'image rm x', 'image prune', 'volume rm v', 'network create n', 'container prune', 'compose up -d', 'compose -p ps up', 'compose run ps', 'compose exec ps ls', 'compose down', 'build .', 'buildx build .', 'login x', 'system prune', 'logs -f shop', 'wait shop', 'update shop', 'version-of-mine'])('is not `%s`', (line) => {
    expect(onlyLooks(words(line))).toBe(false)
  })
})

describe('a call that can not have arrived', () => {
  const NOBODY = 'Cannot connect to the Docker daemon at unix:///t/d1. Is the docker daemon running?'

  test('found nobody, and made one request', () => {
    expect(neverArrived(words('start shop'), [NOBODY, ''])).toBe(true)
    expect(neverArrived(words('rm shop'), ['failed to connect to the docker API at unix:///t/d1; check if the path is correct'])).toBe(true)
  })

  test('is none of several requests, none that said more, and none that was cut off', () => {
    expect(neverArrived(words('run -d x'), [`docker: ${NOBODY}`])).toBe(false)
    expect(neverArrived(words('compose up -d'), [NOBODY])).toBe(false)
    expect(neverArrived(words('rm a b'), ['Error response from daemon: No such container: a', NOBODY])).toBe(false)
    expect(neverArrived(words('stop shop'), ['error during connect: Post "http://x/stop": EOF'])).toBe(false)
    expect(neverArrived(words('stop shop'), [])).toBe(false)
  })
})

describe('what was given as secret', () => {
  test('is hidden wherever it stands, whole or by its lines', () => {
    const hide = hiding({ env: { PASSWORD: 'correct horse', CERT: 'first-line\nsecond-line' }, stdin: 'token-of-u\n' })
    expect(hide('correct horse, first-line, then second-line; token-of-u')).toBe('***, ***, then ***; ***')
  })

  test('is hidden though one is a part of another', () => {
    expect(hiding({ env: { A: 'secret', B: 'secret-and-more' } })('secret-and-more secret')).toBe('*** ***')
  })

  test('is a password in an address too', () => {
    expect(hiding({})('push to https://user:pa55@registry.example/shop')).toBe('push to https://user:***@registry.example/shop')
  })

  test('is no setting of docker’s, no digest and no small word', () => {
    const digest = `registry.example/shop@sha256:${'a'.repeat(64)}`
    const hide = hiding({ env: { COMPOSE_PROJECT_NAME: 'shop-production', IMAGE: digest, DEBUG: 'false', TAG: 'v2' } })
    const text = `project shop-production runs ${digest} (v2): false`
    expect(hide(text)).toBe(text)
  })
})
