/** The scrapes that users are told to set up, as they stand on the page. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

const PAGE = path.join('action-docs', 'metrics', 'prometheus.md')

/** Contents of `scrape_configs`, with what the page calls by a name of its own replaced. */
async function recipe(title: string, own: Readonly<Record<string, string>>): Promise<string> {
  const page = await readFile(PAGE, 'utf8')
  const [, text = ''] = page.split(`# prometheus.yml, ${title}\nscrape_configs:\n`)
  const [scrapes = ''] = text.split('```')
  return Object.entries(own).reduce((all, [theirs, ours]) => {
    if (!all.includes(theirs)) throw new Error(`The recipe "${title}" in ${PAGE} does not name \`${theirs}\`.`)
    return all.replaceAll(theirs, ours)
  }, scrapes)
}

/** On a host of the platform `compose`. New releases are looked for each second, as they are scraped. */
export function scrapesOfCompose(given: { readonly scope: string; readonly project: string; readonly socket: string }): Promise<string> {
  return recipe('on a host of the platform `compose`', {
    'shop-production': given.scope, shop_default: `${given.project}_default`, '/var/run/docker.sock': given.socket, 'refresh_interval: 5s': 'refresh_interval: 1s',
  })
}

/** Beside the platform `local`, whose `metrics-port` is this. */
export function scrapesOfLocal(port: number): Promise<string> {
  return recipe('beside the platform `local`', { '127.0.0.1:9464': `127.0.0.1:${port}` })
}
