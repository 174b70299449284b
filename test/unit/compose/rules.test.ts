import { describe, expect, test } from '@jest/globals'
import { blankIn } from '../../../core/drivers/platforms/compose/model/unset.js'
import { literalOf, writtenOf } from '../../../core/drivers/platforms/compose/model/literal.js'
import { hasHealthcheck, replicasOf, serviceProblems, serviceWarnings } from '../../../core/drivers/platforms/compose/model/rules.js'
import { partsOf } from '../../../core/drivers/platforms/compose/model/legacy.js'
import { movedFiles, movedService, ownPaths } from '../../../core/drivers/platforms/compose/model/places.js'
import { networks, stack, web } from './model.js'

describe('texts of a compose file', () => {
  test.each(['', '$', '$$', '$$$', 'a$b', '${X}', '$${X}', '\\$', 'x$'])('%j is what compose means, and is written so that compose means it', (text) => {
    const printed = text.replaceAll('$', '$$$$')
    expect(literalOf({ [printed]: [printed, 1, null, true] })).toEqual({ [text]: [text, 1, null, true] })
    expect(writtenOf({ [text]: [text, 1, null, true] })).toEqual({ [text]: [printed, 1, null, true] })
  })
})

describe('variables that are not set', () => {
  test('are found where they are used, in every form, and not where only a part of a name is', () => {
    const template = { name: 'shop-$N', 'x-more': '$M', services: { web: { image: 'a:${TAG:-1}', command: ['$CMD!'] }, db: { environment: { $KEY: '1', P: 'x${TAGS}' } } }, networks: { a: { name: '${NET}' } } }
    expect(blankIn(template, ['TAG', 'CMD', 'KEY', 'TAGS', 'NET', 'N', 'M', 'ELSE'])).toEqual({
      services: { web: ['TAG', 'CMD'], db: ['KEY', 'TAGS'] }, shared: ['NET', 'N'], elsewhere: ['ELSE'],
    })
  })
})

describe('a service', () => {
  test.each([
    [{}, false], [{ healthcheck: { test: ['CMD', 'x'] } }, true], [{ healthcheck: { test: ['NONE'] } }, false], [{ healthcheck: { disable: true, test: ['CMD', 'x'] } }, false],
    [{ healthcheck: { interval: '1s' } }, false], [{ healthcheck: { test: 'x' } }, true],
  ])('%j has a healthcheck: %s', (definition, has) => {
    expect(hasHealthcheck(definition)).toBe(has)
    expect(serviceWarnings('web', definition).some((line) => line.includes('no healthcheck'))).toBe(!has)
  })

  test.each([[{}, 1, 0], [{ scale: 3 }, 3, 0], [{ deploy: { replicas: 8 }, scale: 2 }, 8, 0], [{ deploy: { replicas: 0 } }, 0, 1], [{ scale: 9 }, 9, 1], [{ scale: 1.5 }, 1.5, 1]])('%j has %s replicas, %s problems', (definition, replicas, problems) => {
    expect(replicasOf(definition)).toBe(replicas)
    expect(serviceProblems('web', definition)).toHaveLength(problems)
  })

  test.each([[['db'], 0], [['db:db'], 0], [['db:database'], 1]])('with links %j has %s problems', (links, problems) => {
    expect(serviceProblems('web', { links })).toHaveLength(problems)
  })

  test('is warned of when a one-off that it waits for has its image', () => {
    const of = stack({ name: 'shop', networks, services: { web: { ...web, depends_on: { up: { condition: 'service_completed_successfully', required: true } } }, up: { image: 'web' } } })
    expect(of.warnings.join('\n')).toContain('Service `up`, which `web` depends on, has the same image')
  })
})

describe('paths of the checkout', () => {
  const service = { volumes: [{ type: 'bind', source: '/checkout/deploy/data' }, { type: 'bind', source: '/checkout' }, { type: 'bind', source: '/checkouts' }, { type: 'volume', source: 'v' }], secrets: [{ source: 's' }], configs: [{ source: 'c' }] }
  const files = { s: { file: '/checkout/deploy/s.txt' }, c: { content: 'x' }, unused: { file: '/checkout/u' } }

  test('are those that the service uses', () => {
    expect(ownPaths(service, files, files, '/checkout')).toEqual(['/checkout/deploy/data', '/checkout', '/checkout/deploy/s.txt'])
  })

  test('mean the same places seen from the folder of the compose file on the host', () => {
    const move = { checkout: '/checkout', projectFolder: '/checkout/deploy', folder: '/srv/shop' }
    expect(movedService(service, move)['volumes']).toEqual([{ type: 'bind', source: '/srv/shop/data' }, { type: 'bind', source: '/srv' }, { type: 'bind', source: '/checkouts' }, { type: 'volume', source: 'v' }])
    expect(movedFiles(files, move)).toEqual({ s: { file: '/srv/shop/s.txt' }, c: { content: 'x' }, unused: { file: '/srv/u' } })
  })
})

test.each([
  ['shop', { name: 'shop' }], ['shop:1', { name: 'shop', tag: '1' }], ['host:5000/shop', { name: 'host:5000/shop' }], ['host:5000/a/shop:1.2', { name: 'host:5000/a/shop', tag: '1.2' }],
  [`shop:1@sha256:${'a'.repeat(64)}`, { name: 'shop', tag: '1' }], [`shop@sha256:${'a'.repeat(64)}`, { name: 'shop' }],
])('%s has its parts', (image, parts) => {
  expect(partsOf(image)).toEqual(parts)
})
