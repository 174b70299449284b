import { describe, expect, test } from '@jest/globals'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { atomFeed } from '../../../core/domain/dashboard/exports/atom.js'
import { badgeSvg } from '../../../core/domain/dashboard/exports/badge.js'
import { deliveriesCsv } from '../../../core/domain/dashboard/exports/csv.js'
import { exportsOf, pageWith } from '../../../core/domain/dashboard/exports/index.js'
import { deliveriesJson } from '../../../core/domain/dashboard/exports/json.js'
import { prometheusText } from '../../../core/domain/dashboard/exports/prometheus.js'
import type { DashboardModel, DeliveryRow } from '../../../core/domain/dashboard/model.js'
import { hostileTexts } from '../../support/dice.mjs'
import { readExposition } from './exposition.js'
import { DAY, delivery, madeModel, MINUTE, modelOf, NOW, source } from './lab.js'
import { readCsv } from './tables.js'

const models: readonly (readonly [string, DashboardModel])[] = [
  ['of a usual history', madeModel({ deliveries: 300 })],
  ['full of hostile texts', madeModel({ deliveries: 300, hostile: true, seed: 7 })],
  ['of nothing', modelOf([source({ environment: 'production', deliveries: [], facts: [] })])],
]
const row: DeliveryRow = { id: 'd', environment: 'production', kind: 'promote', version: '1', commit: 'c', by: 'ada', begunAt: NOW, run: '1', runUrl: '' }
const kept = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '\u{fffd}')

describe.each(models)('exports %s', (_name, model) => {
  test('JSON has all but the details', () => {
    const { details: _, ...rest } = model
    expect(JSON.parse(deliveriesJson(model))).toEqual(JSON.parse(JSON.stringify(rest)))
  })

  test('CSV is read back as it was, but for what a spreadsheet would run', () => {
    const [head, ...rows] = readCsv(deliveriesCsv(model.deliveries))
    expect(head).toEqual(['delivery', 'environment', 'kind', 'version', 'commit', 'from_version', 'by', 'begun_at', 'ended_at', 'seconds', 'ok', 'reason', 'run', 'run_url'])
    expect(rows).toHaveLength(model.deliveries.length)
    expect(new Set(rows.map((cells) => cells.length))).toEqual(new Set(rows.length === 0 ? [] : [14]))
    expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    for (const [index, cells] of rows.entries()) {
      const { id, version, begunAt } = model.deliveries[index]!
      expect(cells[0]).toBe(id)
      // oxlint-disable-next-line no-control-regex
      expect(cells[3]!.replace(/^'/, '')).toBe(version.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\u{fffd}').replace(/^'/, ''))
      expect(Date.parse(cells[7]!)).toBe(begunAt)
    }
  })

  test('Prometheus text is valid, and its counts are those of the rows', () => {
    const families = readExposition(prometheusText(model))
    const total = (name: string): number => (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0)
    expect(total('ecluse_deployments_total')).toBe(model.deliveries.filter(({ ok }) => ok !== undefined).length)
    expect(total('ecluse_rollbacks_total')).toBe(model.deliveries.filter(({ kind, ok }) => kind === 'rollback' && ok !== undefined).length)
    expect(families.get('ecluse_live_info')?.samples.map(({ labels }) => labels['version']) ?? []).toEqual(model.environments.flatMap(({ live }) => live?.version ?? []))
    expect(families.get('ecluse_dashboard_generated_seconds')?.samples[0]?.value).toBe(model.generatedAt / 1000)
  })

  test('the feed is well-formed, and has what RFC 4287 asks of it', () => {
    const feed = atomFeed(model)
    expect(XMLValidator.validate(feed)).toBe(true)
    const parsed = feedIn(feed)
    expect(parsed.id).toBe('tag:github.com,2026:acme/shop/deliveries')
    expect(parsed.title).toBe('Deliveries of shop')
    expect(parsed.updated).toMatch(RFC3339)
    const ids = parsed.entry.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(parsed.entry.length).toBe(Math.min(50, model.deliveries.filter(({ ok }) => ok !== undefined).length))
    for (const entry of parsed.entry) {
      expect(entry.id).toMatch(/^tag:github\.com,2026:acme\/shop\/deliveries\/[\w.%!~*'()-]+\/[\w.%!~*'()-]+$/)
      expect(entry.updated).toMatch(RFC3339)
      expect(entry.updated <= parsed.updated).toBe(true)
      expect(entry.author.name.trim()).not.toBe('')
    }
  })

  test('every badge is well-formed, as wide as its parts, and says what it shows', () => {
    for (const panel of model.environments) {
      const svg = badgeSvg(panel)
      expect(XMLValidator.validate(svg)).toBe(true)
      const [, width] = /^<svg xmlns="[^"]+" width="(\d+)" height="20"/.exec(svg) ?? []
      const rects = [...svg.matchAll(/<rect (?:x="\d+" )?width="(\d+)"/g)].map(([, part]) => Number(part))
      expect(rects[0]).toBe(Number(width))
      expect(rects[1]! + rects[2]!).toBe(Number(width))
      expect(Number(width)).toBeLessThan(1000)
      expect(svg).toMatch(/role="img" aria-label="[^"]+"><title>[^<]+<\/title>/)
      expect(svg).not.toMatch(/\u202e|<script|onerror=[^&]*<|href=/)
    }
  })

  test('the page holds the model and nothing that ends it early', () => {
    const template = '<p></p><script type="application/json" id="model">/*MODEL*/</script><script>run("/*MODEL*/ $& $1")</script>'
    const page = pageWith(template, model)!
    const inside = page.slice(page.indexOf('id="model">') + 11, page.indexOf('</script>'))
    expect(inside).not.toMatch(/</)
    expect(JSON.parse(inside)).toEqual(JSON.parse(JSON.stringify(model)))
    expect(page.endsWith('<script>run("/*MODEL*/ $& $1")</script>')).toBe(true)
    expect(pageWith('<p></p>', model)).toBeUndefined()
    expect(pageWith(template + template, model)).toBeUndefined()
  })

  test('every export has a name of its own', () => {
    expect(Object.keys(exportsOf(model))).toEqual(['deliveries.json', 'deliveries.csv', 'metrics.prom', 'feed.atom', ...model.environments.map(({ name }) => `badge-${name}.svg`)])
  })
})

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

interface Entry { readonly id: string; readonly title: string; readonly updated: string; readonly author: { readonly name: string }; readonly content: { readonly '#text': string }; readonly link?: { readonly href: string } }

function feedIn(text: string): { readonly id: string; readonly title: string; readonly updated: string; readonly entry: readonly Entry[] } {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray: (name) => name === 'entry', trimValues: false, parseTagValue: false, processEntities: { enabled: true, maxTotalExpansions: 1e6 }, htmlEntities: true })
  const { feed } = parser.parse(text) as { feed: ReturnType<typeof feedIn> }
  return { ...feed, entry: feed.entry ?? [] }
}

test('each hostile text comes through every export', () => {
  for (const text of hostileTexts) {
    const model = modelOf([source({ environment: 'production', facts: [], deliveries: [delivery({ id: 'd', version: text, previous: text, begunAt: NOW - DAY, by: text, end: { at: NOW - DAY + MINUTE, ok: true, reason: text, live: text } })] })])
    // The very same release would count nowhere, and still is a row.
    expect(readExposition(prometheusText(model)).get('ecluse_live_info')?.samples[0]?.labels['version']).toBe(text)
    const [entry] = feedIn(atomFeed(model)).entry
    const seen = kept(text).replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    expect(entry?.title).toContain(`production: ${seen}`)
    expect(entry?.author.name).toBe(seen)
    expect(readCsv(deliveriesCsv(model.deliveries))[1]).toHaveLength(14)
    expect(XMLValidator.validate(badgeSvg(model.environments[0]!))).toBe(true)
    expect(JSON.parse(deliveriesJson(model)).deliveries[0].version).toBe(text)
  }
})

test.each([['=1+1', "'=1+1"], ['+1', "'+1"], ['-1', "'-1"], ['@SUM(A1)', "'@SUM(A1)"], ['\t=1', "'\t=1"], ['＝1', "'＝1"], ['1-1', '1-1'], ['a,b', 'a,b'], ['"', '"'], ['a\r\nb', 'a\r\nb'], ['\u0000=1', '\u{fffd}=1']])('CSV: %j becomes %j', (written, read) => {
  expect(readCsv(deliveriesCsv([{ ...row, by: written }]))[1]![6]).toBe(read)
})

test('a link that a click would run is left out', () => {
  const record = delivery({ id: 'd', version: '1', begunAt: NOW })
  const run = { ...record.intent.run, url: 'javascript:alert(1)' }
  const { deliveries } = modelOf([source({ environment: 'production', facts: [], deliveries: [{ ...record, intent: { ...record.intent, run } }] })])
  expect(deliveries[0]?.runUrl).toBe('')
  expect(modelOf([], { repository: 'javascript:alert(1)' })).not.toHaveProperty('repository')
})

test('a badge tells what is on its way, and what was left behind', () => {
  const panel = { name: 'production', live: { version: '1', commit: '', image: '', since: 0, delivery: 'd', by: 'ada' } }
  const title = (svg: string): string => /<title>([^<]*)<\/title>/.exec(svg)?.[1] ?? ''
  expect(title(badgeSvg(panel))).toBe('production: 1')
  expect(title(badgeSvg({ name: 'production' }))).toBe('production: nothing on record')
  const inFlight = { delivery: 'e', version: '2', kind: 'promote' as const, since: 0, by: 'ada' }
  expect(title(badgeSvg({ ...panel, inFlight }))).toBe('production: 1, promote of 2 on its way')
  expect(title(badgeSvg({ ...panel, inFlight: { ...inFlight, leftBehind: true } }))).toBe('production: 1, promote of 2 left unfinished')
})

test('without a repository the feed has ids all the same, and the same ones for ever', () => {
  const { repository: _, ...model } = madeModel({ deliveries: 5 })
  expect(feedIn(atomFeed({ ...model, app: 'my shop' })).id).toBe('tag:localhost,2026:my%20shop/deliveries')
})

test('the strict reader is strict', () => {
  const bad = ['x 1', 'x{a="1",a="2"} 1\n', '# TYPE x counter\nx 1\n', '# HELP x h\n# TYPE x counter\nx -1\n', '# HELP x h\n# TYPE x gauge\nx{a="\\q"} 1\n', '# HELP x h\n# TYPE x gauge\nx 1\nx 2\n', '# HELP x h\n# TYPE x gauge\nx one\n', '# HELP x h\n# TYPE x histogram\nx_bucket{le="1"} 2\nx_sum 1\nx_count 2\n']
  for (const text of bad) expect(() => readExposition(text)).toThrow(Error)
  expect(() => readCsv('a,b"\r\n')).toThrow(Error)
  expect(() => readCsv('a,b\n')).toThrow(Error)
})
