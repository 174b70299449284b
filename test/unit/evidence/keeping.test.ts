import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { EVIDENCE_KEPT, evidenceOf } from '../../../core/delivery/evidence.js'
import type { EvidenceHeader } from '../../../core/domain/evidence.js'
import { decodeEvidence } from '../../../core/domain/evidence-decode.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { realAmbient } from '../../support/surroundings.js'
import { written } from './lab.js'

let state = ''
let ambient: Ambient
beforeEach(() => {
  state = mkdtempSync(path.join(tmpdir(), 'ecluse-evidence-'))
  ambient = realAmbient({ work: state, dist: path.resolve('dist') })
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

const id = (day: number): string => `20260${100 + day}T000000-ab`

async function keep(environment: string, delivery: string): Promise<void> {
  const [first] = decodeEvidence(await written()).lines
  const { type: _type, v: _v, at: _at, suite: _suite, ...header } = first!.entry as EvidenceHeader
  await evidenceOf({ state, name: environment }, delivery, ambient).begin({ ...header, delivery, environment })
}

test('the youngest files of an environment are kept, and those of others left alone', async () => {
  const folder = path.join(state, 'evidence')
  await keep('prod', id(1))
  for (let day = 2; day <= EVIDENCE_KEPT; day += 1) writeFileSync(path.join(folder, `prod-${id(day)}.jsonl`), `{"v":1,"delivery":"${id(day)}"}\n`)
  // The first would be taken for one of prod by its name alone; what nobody can read is nobody's.
  const others = [...Array.from({ length: 3 }, (_, day) => `prod-eu-${id(day)}.jsonl`), 'prod-00.jsonl', 'vulnerabilities-shop-abc.sarif']
  for (const name of others) writeFileSync(path.join(folder, name), name.includes('eu') ? `{"v":1,"delivery":"${name.slice('prod-eu-'.length, -'.jsonl'.length)}"}\n` : 'x')
  await keep('prod', id(EVIDENCE_KEPT + 1))
  await keep('prod', id(EVIDENCE_KEPT + 2))
  const left = readdirSync(folder)
  expect(left).toEqual(expect.arrayContaining(others))
  expect(left.filter((name) => !others.includes(name)).toSorted()).toEqual(Array.from({ length: EVIDENCE_KEPT }, (_, index) => `prod-${id(index + 3)}.jsonl`))
})

test('the header names the version of Ecluse', async () => {
  await keep('prod', id(1))
  const [first] = decodeEvidence(await ambient.files.text(path.join(state, 'evidence', `prod-${id(1)}.jsonl`))).lines
  expect(first!.entry).toMatchObject({ suite: expect.stringMatching(/^\d+\.\d+\.\d+/) })
})
