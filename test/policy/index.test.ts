import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { actionNames, filesBelow, textOf, there } from '../support/policy/files.js'

const folder = 'action-docs'
const index = `${folder}/README.md`
const pages = filesBelow(folder).filter((file) => /\.(?:md|schema\.json)$/.test(file) && file !== index)

/** What is no code: an address in an example leads nowhere. */
const proseOf = (file: string): string => textOf(file).replaceAll(/```.*?```/gs, '').replaceAll(/`[^`\n]*`/g, '')

/** Files that a page links to, from the root of the repository; what leads to a place in them is cut off. */
const linkedFrom = (file: string): readonly string[] => [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)]
  .map(([, target]) => target!.split('#')[0]!)
  .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
  .map((target) => path.posix.join(path.posix.dirname(file), target))

describe('the index of the docs', () => {
  test('has every page and every schema, once', () => {
    const listed = linkedFrom(index).filter((file) => file !== 'README.md')
    expect(listed.toSorted()).toEqual(pages.toSorted())
  })

  test('is where the first page leads, which names every action and workflow itself', () => {
    const first = linkedFrom('README.md')
    expect(first).toContain(index)
    const text = textOf('README.md')
    expect(actionNames.filter((name) => !text.includes(`| \`${name}\` |`) || !first.includes(`${folder}/${name}.md`))).toEqual([])
    const workflows = filesBelow('.github/workflows').map((file) => path.posix.basename(file)).filter((name) => !['ci.yml', 'release.yml'].includes(name))
    expect(workflows.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([])
  })
})

test.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', index, ...pages.filter((file) => file.endsWith('.md'))])('links of %s lead somewhere', (file) => {
  expect(linkedFrom(file).filter((target) => !there(target))).toEqual([])
})

/** As GitHub makes it of a heading. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\- _]/gu, '').replaceAll(' ', '-')

test('links to a place in a page lead to one of its headings', () => {
  const from = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', index, ...pages.filter((file) => file.endsWith('.md'))]
  const broken = from.flatMap((file) => [...proseOf(file).matchAll(/\]\(([^)\s#:]*)#([^)\s]+)\)/g)].flatMap(([, target = '', place = '']) => {
    const page = target === '' ? file : path.posix.join(path.posix.dirname(file), target)
    if (!page.endsWith('.md') || !there(page)) return []
    const known = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!))
    return known.includes(place) ? [] : [`${file}: ${target}#${place}`]
  }))
  expect(broken).toEqual([])
})
