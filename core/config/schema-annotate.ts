import { z } from 'zod'
import type { GrafanaOptions } from '../domain/annotation.js'
import { text } from './words.js'

const grafana = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'an address that begins with `https://` or `http://`' }).meta({ description: 'Address of Grafana, with the path where it is served below one.', examples: ['https://grafana.shop.example'] }),
  token: text('Token of a service account; always by `${env:NAME}`.', '${env:GRAFANA_TOKEN}'),
  dashboard: text('Uid of the dashboard that shows it. Default: every dashboard that asks for its tags.', 'cIBgcSjkk').optional(),
  tags: z.array(text('A tag.', 'payments')).meta({ description: 'Tags beside `ecluse`, the application, the environment and the kind of delivery.', examples: [['payments']] }).optional(),
}).meta({ description: 'Annotations in Grafana.', examples: [{ url: 'https://grafana.shop.example', token: '${env:GRAFANA_TOKEN}' }] })

export const annotateSchema = z.strictObject({ grafana }, { error: 'a mapping, such as `{ grafana: { url: https://grafana.shop.example, token: "${env:GRAFANA_TOKEN}" } }`' })
  .meta({ description: 'Charts that deliveries are marked in.', examples: [{ grafana: { url: 'https://grafana.shop.example', token: '${env:GRAFANA_TOKEN}' } }] })

export function annotateOf({ grafana: { url, token, dashboard, tags = [] } }: z.infer<typeof annotateSchema>): GrafanaOptions {
  return { name: 'grafana', url, token, tags, ...(dashboard === undefined ? {} : { dashboard }) }
}
