import { tellingOf } from '../../core/drivers/registry-telling.js'
import { runAction } from '../../core/host/run.js'
import { notify } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

void runAction({
  name: 'notify',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['settings', 'platform', 'backup', 'judge', 'migrate', 'triggers', 'annotate'] })
    const { title, text = '', facts, severity, status, key, link } = given
    const telling = tellingOf(environment, (said) => host.masked(said), ambient)
    return notify({ app: environment.app, environment: environment.name, title, text, facts, severity, state: status, key, link }, telling, ambient)
  },
})
