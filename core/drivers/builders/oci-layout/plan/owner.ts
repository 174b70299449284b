import type { Findings } from '../findings.js'
import { lookUp } from '../tree/lookup.js'
import type { Content, Folder } from '../tree/node.js'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

interface Asking {
  readonly tree: Folder
  readonly line: number
  readonly findings: Findings
  readonly text: (content: Content) => Promise<string>
}

/** `--chown=user[:group]`, numbers or names of the image itself. Without a group, the group has the user's number. */
export async function ownerOf(given: string, asking: Asking): Promise<Owner | undefined> {
  const [user = '', group, ...more] = given.split(':')
  if (user === '' || group === '' || more.length > 0) {
    asking.findings.invalid(asking.line, `--chown is "${given}".`, 'Write it as `user`, `user:group`, `1000` or `1000:1000`.')
    return undefined
  }
  const uid = await numberOf(user, 'passwd', asking)
  const gid = group === undefined ? uid : await numberOf(group, 'group', asking)
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

async function numberOf(name: string, list: 'passwd' | 'group', asking: Asking): Promise<number | undefined> {
  if (/^\d{1,9}$/.test(name)) return Number(name)
  const found = lookUp(asking.tree, `etc/${list}`, { last: true, root: 'rooted' })
  const text = found.kind === 'found' && found.node.kind === 'file' ? await asking.text(found.node.content) : ''
  const number = text.split('\n').map((line) => line.split(':')).find(([first]) => first === name)?.[2]
  if (number !== undefined && /^\d{1,9}$/.test(number)) return Number(number)
  asking.findings.invalid(asking.line, `--chown names "${name}", and the image's \`/etc/${list}\` does not.`, 'Use a number.')
  return undefined
}
