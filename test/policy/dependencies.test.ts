import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { sourcesBelow, textOf } from '../support/policy/files.js'
import { usesOf } from '../support/policy/syntax.js'

const manifest = z.object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })

interface Facts {
  readonly wanted: readonly string[]
  readonly page: string
  readonly imported: readonly string[]
}

/** A package that nobody imports, one without its reason, and a reason without its package. */
const dependencyFaults = ({ wanted, page, imported }: Facts): readonly string[] => {
  const [now = '', later = ''] = page.split('## Settled, not used yet')
  const linesOf = (part: string): readonly string[] => [...part.matchAll(/^\| `([^`]+)` \| \S.*\|$/gm)].map(([, name]) => name!)
  const explained = [...linesOf(now), ...linesOf(later)]
  return [
    ...wanted.filter((name) => !imported.includes(name) && !linesOf(later).includes(name)).map((name) => `${name} is imported nowhere in actions/ and core/`),
    ...linesOf(later).filter((name) => imported.includes(name)).map((name) => `${name} is imported, and action-docs/dependencies.md says it is not`),
    ...wanted.filter((name) => !explained.includes(name)).map((name) => `${name} has no line in action-docs/dependencies.md`),
    ...explained.filter((name) => !wanted.includes(name)).map((name) => `action-docs/dependencies.md explains ${name}, which is no dependency`),
    ...imported.filter((name) => !wanted.includes(name)).map((name) => `${name} is imported and is no dependency`),
  ]
}

const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

test('every runtime dependency says why it is there, and is imported or settled for later', () => {
  const { dependencies } = manifest.parse(JSON.parse(textOf('package.json')))
  const specifiers = [...sourcesBelow('actions'), ...sourcesBelow('core')].flatMap((file) => usesOf(textOf(file)).imports)
  const imported = [...new Set(specifiers.filter((name) => !/^(\.|node:)/.test(name)).map(packageOf))]
  expect(dependencyFaults({ wanted: Object.keys(dependencies), page: textOf('action-docs/dependencies.md'), imported })).toEqual([])
})

test('finds what is not used, not explained, explained in vain and not declared', () => {
  const page = '| package | why |\n| --- | --- |\n| `zod` | Holds the schema. |\n| `left-pad` | Pads. |\n## Settled, not used yet\n| `ws` | Sockets. |\n| `pg` | Rows. |\n'
  expect(dependencyFaults({ wanted: ['zod', 'yaml', 'ws', 'pg'], page, imported: ['zod', 'httpxy', 'pg'] })).toEqual([
    'yaml is imported nowhere in actions/ and core/',
    'pg is imported, and action-docs/dependencies.md says it is not',
    'yaml has no line in action-docs/dependencies.md',
    'action-docs/dependencies.md explains left-pad, which is no dependency',
    'httpxy is imported and is no dependency',
  ])
})
