// The demo's shop on the `local` platform, brought up and moved by the bundled actions.
import { openShop } from '../../demo/shop/place.mjs'
import { newRuns } from '../../demo/shop/runs.mjs'
import { stopServer } from '../../demo/shop/servers.mjs'

/** Opens a shop with an image of each of `versions`, hands it to `use`, ends all that was started. `env`: more variables for each step. */
export async function withShop(versions, use, env = {}) {
  const shop = await openShop()
  const runs = newRuns({ cwd: shop.work, env, onLine: () => undefined })
  const interrupted = new AbortController()
  const interrupt = () => {
    interrupted.abort(new Error('Interrupted.'))
    void runs.stop()
  }
  const run = (...given) => {
    interrupted.signal.throwIfAborted()
    return runs.run(...given)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt)
  try {
    const images = {}
    for (const version of versions) images[version] = (await run('build-image', { version, args: `RELEASE=${version}` }, ['built'])).outputs.image
    const deploy = (environment, image, version) => run('deploy-staging', { environment, image: images[image], version }, ['deployed'])
    return await use({ shop, images, run, deploy })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, interrupt)
    for (const environment of ['staging', 'production']) await stopServer(shop.state, environment)
    await shop.close()
  }
}
