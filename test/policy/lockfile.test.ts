import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { z } from 'zod'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const entry = z.object({ resolved: z.string().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() })
const lock = z.object({ packages: z.record(z.string(), entry) })
const { packages } = lock.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')))

// `npm install` leaves out what it cannot fetch at that moment, and `npm ci` then refuses the lock everywhere.
test('the lock holds the packages of every system, not only of the one it was made on', () => {
  const absent = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !(`node_modules/${name}` in packages) && !(`${place}/node_modules/${name}` in packages)),
  )
  expect(absent).toEqual([])
})

test('the lock names no registry, so that each machine asks its own', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
