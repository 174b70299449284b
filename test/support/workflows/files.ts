import { readdirSync } from 'node:fs'
import path from 'node:path'

/** A checker takes a repository's root and returns one line a finding, or throws when it could not look. */
export type WorkflowChecker = (root: string) => readonly string[]

export const workflowFiles = (root: string): readonly string[] => {
  const folder = path.join('.github', 'workflows')
  const names = readdirSync(path.join(root, folder)).filter((name) => /\.ya?ml$/.test(name))
  return names.toSorted().map((name) => path.join(folder, name))
}
