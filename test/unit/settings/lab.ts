import { loadSettings } from '../../../core/config/layers/overview.js'
import { loadEnvironment, type Asked } from '../../../core/config/load.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { SettingsOverview } from '../../../core/domain/settings/overview.js'
import { InputError } from '../../../core/errors/families.js'

/** Files of a checkout by their paths; what is below a path is a folder's. */
export type Checkout = Readonly<Record<string, string>>

export const ECLUSE = 'app: shop\nenvironments: { staging: {}, production: {} }\n'

export const SCHEMA = `database:
  url: { type: url, secret: true }
  pool-size: { type: number, min: 1, max: 100, default: 10 }
logging:
  level: { type: enum, values: [debug, info, warn] }
  flush: { type: duration, default: 5s }
features:
  new-checkout: { type: boolean }
  greeting: { type: string, required: false }
`

/** A set that is right. */
export const SHOP: Checkout = {
  'ecluse.yml': ECLUSE,
  'environments/schema.yml': SCHEMA,
  'environments/base.yml': 'database: { url: "${env:DATABASE_URL}" }\nlogging: { level: info }\n',
  'environments/staging.yml': 'logging: { level: debug }\nfeatures: { new-checkout: true, greeting: "007" }\n',
  'environments/production.yml': 'database: { pool-size: 50 }\nfeatures:\n  new-checkout: false\n  greeting: null\n',
  '.env.example': 'DATABASE_URL=postgres://shop:shop@localhost/shop\nDATABASE_POOL_SIZE=10\nLOGGING_LEVEL=info\nLOGGING_FLUSH=\nFEATURES_NEW_CHECKOUT=false\nFEATURES_GREETING=\n',
}

const filesOf = (checkout: Checkout): Asked['files'] => ({
  textIfThere: async (path) => checkout[path.replace(/^\/checkout\//, '')],
  list: async (folder) => Object.keys(checkout).filter((path) => `/checkout/${path}`.startsWith(`${folder}/`)).map((path) => ({ name: `/checkout/${path}`.slice(folder.length + 1), kind: 'file' })),
})

const asked = (checkout: Checkout): Pick<Asked, 'files' | 'path' | 'shownAs'> => ({ files: filesOf(checkout), path: '/checkout/ecluse.yml', shownAs: 'ecluse.yml' })

export const loaded = (checkout: Checkout, name = 'production', more: Partial<Asked> = {}): Promise<Environment> =>
  loadEnvironment({ ...asked(checkout), optional: true, overrides: {}, env: {}, fallbackApp: 'shop', name, ...more })

export const overviewOf = (checkout: Checkout): Promise<SettingsOverview | undefined> => loadSettings(asked(checkout))

/** `message. fix` of every problem. */
export async function saidOf(load: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await load()
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems.map(({ message, fix = '' }) => `${message} ${fix}`.trim())
    throw thrown
  }
  return []
}

export const problemsIn = (checkout: Checkout, name = 'production', more: Partial<Asked> = {}): Promise<readonly string[]> => saidOf(() => loaded(checkout, name, more))
