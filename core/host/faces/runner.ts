import type * as Toolkit from '@actions/core'
import type { Files } from '../../ports/files.js'
import type { Secrets } from '../secrets.js'
import { markdown } from '../summary/markdown.js'
import { maskedSummary } from '../summary/masking.js'
import type { Face, SecretFields } from './face.js'
import { wantsJson, type Correlation } from './json-log.js'
import { jsonRunnerLog, runnerLog } from './runner-log.js'

/** The face on a runner. The toolkit loads here, so that a terminal does not wait for it. */
export async function openRunner(name: string, fields: SecretFields, env: Readonly<Record<string, string>>, secrets: Secrets, files: Files, correlation: Correlation): Promise<Face> {
  const core: typeof Toolkit = await import('@actions/core')
  const hide = (value: string): void => {
    // The runner looks at one line at a time, and finds a value of several lines by its lines.
    for (const form of secrets.add(value)) if (!form.includes('\n')) core.setSecret(form)
  }
  const raw = Object.fromEntries(Object.keys(fields).map((input) => [input, core.getInput(input)]))
  const log = wantsJson(env).json ? jsonRunnerLog(core, name, secrets, hide, correlation, core.isDebug()) : runnerLog(core, name, secrets, hide)
  return {
    kind: 'runner', log, raw, problems: [], hide,
    remember: (key, value) => core.saveState(key, value),
    complain(title, { message, fix, code }) {
      log.annotate(title, [message, fix, code && `(${code})`].filter((part) => part !== undefined && part !== '').join(' '))
    },
    output(key, value) {
      const shown = secrets.mask(value)
      if (shown !== value) log.warn(`Output \`${key}\` holds a value that is marked secret; it was masked.`)
      core.setOutput(key, shown)
    },
    async summary(summary) {
      const file = env['GITHUB_STEP_SUMMARY'] ?? ''
      if (file === '' || !(await files.info(file))) return
      await core.summary.addRaw(markdown(maskedSummary(summary, (text) => secrets.mask(text))), true).write()
    },
    end: () => log.end(),
  }
}
