/** What is recorded and required must be the commit that the image was made from. */
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { textOf } from '../support/policy/files.js'

const step = z.object({ with: z.record(z.string(), z.unknown()).optional() })
const workflow = z.object({ jobs: z.record(z.string(), z.object({ steps: z.array(step).default([]) })) })

test('deliver.yml takes its input `commit` for that of a given image only: what it builds itself is made from the commit of the run', () => {
  const { jobs } = workflow.parse(parse(textOf('.github/workflows/deliver.yml')))
  const commits = Object.values(jobs).flatMap(({ steps }) => steps).flatMap(({ with: given }) => given?.['commit'] ?? [])
  expect(commits.length).toBeGreaterThanOrEqual(4)
  expect(new Set(commits)).toEqual(new Set(["${{ inputs.image != '' && inputs.commit || github.sha }}"]))
})
