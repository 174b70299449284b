// `kubectl` as the one who may do all in a cluster of the lab, and the configurations of others.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from '../docker/client.mjs'
import { kubernetesFolder } from '../engines/kubernetes.mjs'

const program = path.join(kubernetesFolder, 'kubectl')

export const kubectlOf = (config) => {
  // Beside it the folder of what it has learned of the server, which goes when the cluster goes.
  const env = { KUBECONFIG: config, KUBECACHEDIR: path.join(path.dirname(config), 'cache'), PATH: `${kubernetesFolder}:${process.env.PATH}` }
  const kubectl = (argv, { stdin } = {}) => run(program, argv, { env, stdin })
  const configOf = async ({ namespace, name }) => {
    const token = await kubectl(['--namespace', namespace, 'create', 'token', name])
    const known = JSON.parse(await readFile(config, 'utf8'))
    const context = { name: 'lab', context: { ...known.contexts[0].context, user: name } }
    const file = path.join(path.dirname(config), `${namespace}-${name}.kubeconfig`)
    await writeFile(file, JSON.stringify({ ...known, users: [{ name, user: { token: token.trim() } }], contexts: [context] }), { mode: 0o600 })
    return file
  }
  return { env: { KUBECONFIG: config, PATH: env.PATH }, kubectl, configOf }
}
