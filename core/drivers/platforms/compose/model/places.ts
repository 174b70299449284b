import { posix } from 'node:path'
import { fieldsOf, isFields, listOf, textOf, type Fields, type Json } from './literal.js'

/** Which paths of the checkout mean which on the host. */
export interface Move {
  readonly checkout: string
  /** Folder of the base compose file: relative paths were meant from there. */
  readonly projectFolder: string
  /** Folder on the host. */
  readonly folder: string
}

/** Paths of the checkout that a service takes files from: bind mounts, secrets and configs. */
export function ownPaths(service: Fields, secrets: Fields, configs: Fields, checkout: string): readonly string[] {
  const binds = listOf(service['volumes']).map(fieldsOf).filter(({ type }) => type === 'bind').map(({ source }) => textOf(source))
  const files = [...filesOf(service['secrets'], secrets), ...filesOf(service['configs'], configs)]
  return [...binds, ...files].filter((path) => path !== undefined).filter((path) => within(checkout, path))
}

function filesOf(used: Json | undefined, all: Fields): readonly (string | undefined)[] {
  return listOf(used).map((entry) => textOf(fieldsOf(all[textOf(fieldsOf(entry)['source']) ?? ''])['file']))
}

/** The service with its bind mounts where they are on the host. */
export function movedService(service: Fields, move: Move): Fields {
  const { volumes } = service
  if (volumes === undefined) return service
  return { ...service, volumes: listOf(volumes).map((entry) => (isFields(entry) && entry['type'] === 'bind' ? { ...entry, ...movedPath(entry, 'source', move) } : entry)) }
}

/** Secrets or configs with their files where they are on the host. */
export function movedFiles(all: Fields, move: Move): Fields {
  return Object.fromEntries(Object.entries(all).map(([key, entry]) => [key, isFields(entry) ? { ...entry, ...movedPath(entry, 'file', move) } : entry]))
}

function movedPath(entry: Fields, key: string, { checkout, projectFolder, folder }: Move): Fields {
  const path = textOf(entry[key])
  return path === undefined || !within(checkout, path) ? {} : { [key]: posix.join(folder, posix.relative(projectFolder, path)) }
}

function within(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
