import { readModel } from './reading.js'
import { start } from './start.js'
import { el, fill, found } from './elements.js'

const reading = readModel(found('model').textContent ?? '')
if ('fault' in reading) {
  fill(found('overview'), el('h1', {}, 'Deliveries'), el('p.notice', { role: 'alert' }, reading.fault))
} else {
  start(reading.model)
}
// Set when the first picture is on the screen: what a visitor waits for.
requestAnimationFrame(() => setTimeout(() => performance.mark('ecluse-ready')))
