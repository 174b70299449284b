import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Task, TaskResult } from '../../domain/platform.js'
import { servingImage, type Release } from '../../domain/release.js'
import { messageOf, StateError } from '../../errors/families.js'
import type { House } from '../house.js'
import { identityOf } from '../supervisor/crew.js'
import { startGroup, type Group } from '../supervisor/group.js'
import { lastLines } from '../supervisor/output.js'
import { planProcess } from '../supervisor/plan.js'

const LINES = 100
const STOP_MS = 5000

/**
 * A command in the release's image. When nobody waits for its end any more it is ended: its result would be lost, and the
 * next run would start it beside itself. Its environment may hold secrets and is never written down.
 */
export function runTask(house: House, release: Release, task: Task, signal: AbortSignal): Promise<TaskResult> {
  const id = `task-${randomBytes(4).toString('hex')}`
  const output = path.join(house.places.folder, `${id}.log`)
  return house.store.using(servingImage(release), async (image) => {
    const given = { ...release.settings, ...task.env, ...identityOf(house, id, release) }
    try {
      const group = await startGroup(planProcess(image, task.argv, given), output).catch((thrown: unknown) => {
        throw new StateError('program-missing', {
          message: `Task \`${task.name}\` could not be started: ${messageOf(thrown)}.`,
          fix: 'Correct the command, or bring its program into the image.',
          cause: thrown,
        })
      })
      house.events.note(`Task \`${task.name}\` of release ${release.version} was started.`)
      const { code, timedOut } = await endOf(group, task.timeoutMs, signal)
      house.events.note(`Task \`${task.name}\` ${timedOut ? `was stopped after ${task.timeoutMs} ms` : `ended with ${code ?? 'a signal'}`}.`)
      return { ...(code === undefined || timedOut ? {} : { exitCode: code }), timedOut, lastLines: await lastLines(output, LINES) }
    } finally {
      await rm(output, { force: true })
    }
  })
}

async function endOf(group: Group, limitMs: number, signal: AbortSignal): Promise<{ readonly code?: number; readonly timedOut: boolean }> {
  let timedOut = false
  const end = (): void => void group.stop(STOP_MS)
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, limitMs)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const exit = await group.exited
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
  return { ...(exit.code === undefined ? {} : { code: exit.code }), timedOut }
}
