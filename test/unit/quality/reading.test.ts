import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { contentOf, faultOf, readReport, SECRET } from './lab.js'

describe('a hostile report', () => {
  test.each([
    ['laughs.xml', 'unreadable: its document type defines entities, which no report needs'],
    ['external.xml', 'unreadable: its document type defines entities, which no report needs'],
    ['cut-off.xml', expect.stringMatching(/^unreadable: it is not XML: line \d+/)],
    ['two-roots.xml', 'unreadable: it is not XML: line 2: Multiple possible root nodes found.'],
    ['not-utf8.xml', 'unreadable: its bytes are not UTF-8'],
    ['klingon.xml', 'unreadable: its encoding "klingon" is not known'],
    ['prototype.xml', expect.stringContaining('unreadable: it is not XML that can be read')],
    ['page.xml', 'unreadable: it begins with <html>, not with <testsuites> or <testsuite>'],
    ['../covered/istanbul.json', expect.stringContaining('unreadable: it is not XML')],
  ])('%s', async (file, wanted) => {
    expect(await faultOf('junit', `hostile/${file}`)).toEqual(wanted)
  })

  test('an entity that nobody defined stays as it is written', async () => {
    expect((await contentOf('junit', 'hostile/undefined-entity.xml')).tests[0]?.name).toBe('a &unknown; b')
  })
})

let folder = ''
const put = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), text)
}
const suite = (name: string): string => `<testsuite name="s"><testcase name="${name}"/></testsuite>`
const namesOf = async (pattern: string): Promise<readonly string[]> => {
  const { contents } = await readReport('junit', pattern, { folder })
  return contents.flatMap((one) => (one.kind === 'junit' ? one.tests.map(({ name }) => name) : []))
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-reports-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a report on the disk', () => {
  test('patterns stay within a folder, unless they say otherwise', async () => {
    for (const name of ['a/TEST-1.xml', 'a/TEST-2.xml', 'a/other.xml', 'a/b/TEST-3.xml', 'node_modules/x/TEST-4.xml', 'a/.TEST-5.xml']) put(name, suite(name))
    symlinkSync(path.join(folder, 'a'), path.join(folder, 'linked'))
    expect(await namesOf('a/TEST-*.xml')).toEqual(['a/TEST-1.xml', 'a/TEST-2.xml'])
    expect(await namesOf('a/TEST-?.xml')).toEqual(['a/TEST-1.xml', 'a/TEST-2.xml'])
    expect(await namesOf('**/TEST-*.xml')).toEqual(['a/TEST-1.xml', 'a/TEST-2.xml', 'a/b/TEST-3.xml'])
    expect(await namesOf('*/b/*.xml')).toEqual(['a/b/TEST-3.xml', 'a/b/TEST-3.xml'])
    expect(await namesOf('linked/b/TEST-3.xml')).toEqual(['a/b/TEST-3.xml'])
    expect(await namesOf(`${folder}/a/other.xml`)).toEqual(['a/other.xml'])
  })

  test('that is not there is missing, also where a pattern means nothing', async () => {
    for (const pattern of ['none.xml', 'none/*.xml', '**/*.xml']) expect(await faultOf('junit', pattern, { folder })).toBe('missing: there is no such file')
  })

  test('that is older than its command is stale', async () => {
    put('old.xml', suite('old'))
    utimesSync(path.join(folder, 'old.xml'), new Date(1000), new Date(1000))
    expect(await faultOf('junit', 'old.xml', { folder, since: 60_000 })).toBe('stale: it was last written at 1970-01-01T00:00:01.000Z, before the command began')
    expect((await readReport('junit', 'old.xml', { folder, since: 2500 })).faults).toEqual([])
  })

  test('that is empty, a folder, a link or too large is unreadable', async () => {
    put('empty.xml', ' \n')
    put('huge.xml', '')
    truncateSync(path.join(folder, 'huge.xml'), 60 * 1024 * 1024)
    mkdirSync(path.join(folder, 'folder.xml'))
    symlinkSync('/etc/hostname', path.join(folder, 'link.xml'))
    expect(await faultOf('junit', 'empty.xml', { folder })).toBe('unreadable: it is empty')
    expect(await faultOf('coverage', 'empty.xml', { folder })).toBe('unreadable: it is empty')
    expect(await faultOf('junit', 'huge.xml', { folder })).toBe('unreadable: it has 60 MiB, and 48 MiB is the most that is read')
    expect(await faultOf('junit', 'folder.xml', { folder })).toBe('unreadable: it is a folder, not a file')
    expect(await faultOf('junit', 'link.xml', { folder })).toBe('unreadable: it is a link, not a file')
  })

  test('that is nested without end is unreadable, not the end of the process', async () => {
    put('deep.xml', `${'<testsuite>'.repeat(50_000)}${'</testsuite>'.repeat(50_000)}`)
    put('deep.json', `${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(await faultOf('junit', 'deep.xml', { folder })).toContain('unreadable: it is not XML that can be read')
    expect(await faultOf('sarif', 'deep.json', { folder })).toMatch(/^unreadable: /)
  })

  test('tells no secret, however it is written', async () => {
    const escaped = SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    put('a.xml', `<testsuite name="s"><testcase name="x ${escaped}"><failure message="m ${escaped}">t ${escaped}<![CDATA[c ${SECRET}]]></failure></testcase></testsuite>`)
    put('a.sarif', JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: SECRET } }, results: [{ ruleId: SECRET, message: { text: SECRET }, locations: [{ physicalLocation: { artifactLocation: { uri: SECRET } } }] }] }] }))
    put('lcov.info', `SF:${SECRET}\nDA:1,1\nend_of_record\n`)
    const read = await Promise.all([contentOf('junit', `${folder}/a.xml`), contentOf('sarif', `${folder}/a.sarif`), contentOf('coverage', `${folder}/lcov.info`)])
    expect(JSON.stringify(read)).not.toMatch(/hunter2|secret/)
    expect(JSON.stringify(read)).toContain('***')
  })
})
