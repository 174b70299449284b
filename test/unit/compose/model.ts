/** A stack as `resolveStack` would give it, from what `docker compose config` would print. */
import { stackOf, type Resolving } from '../../../core/drivers/platforms/compose/model/resolve.js'
import type { Stack } from '../../../core/drivers/platforms/compose/model/index.js'
import { literalOf, fieldsOf } from '../../../core/drivers/platforms/compose/model/literal.js'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import { plainOptions } from '../../support/compose/project.js'

export function stack(config: unknown, options: Partial<ComposeOptions> = {}, more: Partial<Resolving> = {}): Stack {
  return stackOf({
    options: { ...plainOptions, ...options }, files: { paths: ['/checkout/compose.yml'], folder: '/checkout' }, checkout: '/checkout',
    reading: { argv: ['compose'], resolved: fieldsOf(literalOf(config)), unset: [], template: {} }, distant: false, named: true, ...more,
  })
}

export const networks = { default: { name: 'shop_default' } }
export const web = { image: 'web', expose: ['8080'], networks: { default: null } }
