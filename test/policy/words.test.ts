import { describe, expect, test } from '@jest/globals'
import { filesBelow, textOf } from '../support/policy/files.js'

// Put together from parts, so that this file does not hold what it looks for.
const slash = '/'
const MACHINE = new RegExp(`(?<![\\w.:${slash}-])${slash}(?:home|Users|root|work|mnt)${slash}[\\w.-]+`, 'g')
const REGISTRIES = new RegExp(['registry\\.npmjs', 'registry\\.yarnpkg', 'npm\\.pkg\\.github', 'artifactory\\.', 'jfrog\\.', 'pypi\\.org', 'pythonhosted\\.', 'proxy\\.golang'].join('|'), 'g')

/** Paths that every runner or image has, and what tests call the folder of a run that is only imagined. */
const EVERYWHERE = [`${slash}home${slash}runner`, `${slash}work${slash}out`]

const wordFaults = (file: string, text: string): readonly string[] => {
  const paths = [...text.matchAll(MACHINE)].map(([found]) => found).filter((found) => !EVERYWHERE.includes(found))
  return [...paths, ...(text.match(REGISTRIES) ?? [])].map((found) => `${file} names ${found}`)
}

const binary = (text: string): boolean => text.includes('\u0000')
const passedOver = (file: string): boolean => /^(dist|test\/fixtures)\/|^package-lock\.json$|^test\/policy\/words\.test\.ts$/.test(file)

describe('words', () => {
  test('name no machine and no package registry', () => {
    const texts = filesBelow('').filter((file) => !passedOver(file)).map((file) => [file, textOf(file)] as const).filter(([, text]) => !binary(text))
    expect(texts.length).toBeGreaterThan(200)
    expect(texts.flatMap(([file, text]) => wordFaults(file, text))).toEqual([])
  })

  test.each([`cd ${slash}home${slash}somebody`, `"${slash}root${slash}.npmrc"`, `see ${slash}work${slash}main`, `file:${slash}${slash}${slash}Users${slash}x`.replace('file://', 'at '), 'https://registry.npmjs.org/jest'])('find %s', (text) => {
    expect(wordFaults('a.md', text)).toHaveLength(1)
  })

  test.each(['core/drivers/registry.ts', 'https://shop.example/home/page', 'a/work/b', `${slash}home${slash}runner`])('let %s pass', (text) => {
    expect(wordFaults('a.md', text)).toEqual([])
  })
})
