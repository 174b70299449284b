import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { tellStory } from './story.js'

const go = async (work: string): Promise<void> => {
  const { PATH, HOME, GOCACHE } = process.env
  await promisify(execFile)('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', 'shop', 'main.go'], { cwd: work, timeout: 120_000, env: { PATH, HOME, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', ...(GOCACHE === undefined ? {} : { GOCACHE }) } })
}

// One program and nothing else in the image, without a healthcheck, behind a front that publishes the port.
tellStory('a static program', { stack: 'static', service: 'shop', base: 'static', adopted: true, engines: ['go'], prepare: go, compose: { edge: { reload: ['front'] } } })
