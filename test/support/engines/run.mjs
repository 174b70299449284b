import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

export const onPath = (program) =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, program))
    .find(runs)

export const isProgram = runs

// The major number of `program --version`, or undefined when it does not run.
export const majorOf = (program) => {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 60_000 })
  const major = /(\d+)\./.exec(stdout ?? '')?.[1]
  return status === 0 && major ? Number(major) : undefined
}

/** Runs an installer to its end; its last lines are in the error when it fails, and `heard` gets all that it says. */
export const run = (command, args, { cwd, env = {}, within = 15 * 60_000, heard } = {}) =>
  new Promise((resolve, reject) => {
    const said = { tail: '' }
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    // Not the option of spawn(): its timer outlives a program that could not be started.
    const limit = setTimeout(() => child.kill(), within)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        said.tail = (said.tail + chunk).slice(-1500)
        heard?.(chunk)
      })
    }
    const fail = (observed) => {
      clearTimeout(limit)
      reject(new Error(`\`${[command, ...args].join(' ')}\` ${observed}.\n${said.tail.trim()}`.trim()))
    }
    child.on('error', (error) => fail(`did not start: ${error.message}`))
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (code === 0) resolve()
      else fail(signal ? `was stopped by ${signal} (limit: ${within / 60_000} min)` : `ended with ${code}`)
    })
  })

const LONG_MS = 5 * 60_000

/** Work that fetches: a mirror that does not answer for a moment, or a lock of somebody else's, is tried again. Not what took long, nor what has no program. */
export const again = async (work, [pause, ...others] = [3000, 15_000]) => {
  const began = performance.now()
  try {
    return await work()
  } catch (error) {
    if (pause === undefined || performance.now() - began > LONG_MS || error.message.includes(' did not start: ')) throw error
    console.log(`${error.message}\nTrying it again in ${pause / 1000} s.`)
    await sleep(pause)
    return again(work, others)
  }
}
