// One file that needs nothing else: what happened over time, the facts, and the summary of every action.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorsChart, sharesChart } from './chart.mjs'
import { htmlOf } from './markdown.mjs'
import { style } from './style.mjs'

/** Returns where it was written. */
export async function writeReport(file, told) {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, pageOf(told))
  return file
}

const text = (value) => String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export function pageOf({ startedAt, timeline, facts, table, runs, recorder }) {
  const chart = { seconds: recorder.seconds(), marks: marksOf(timeline, startedAt) }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ecluse demo: ${facts.every(({ ok }) => ok) ? 'all facts observed' : 'not all facts observed'}</title><style>${style}</style></head><body><main>
<h1>Ecluse demo</h1>
<p>${text(new Date(startedAt).toISOString().replace('T', ' ').slice(0, 16))} UTC. Three releases of one shop, through the bundled actions, under live requests.</p>
<table class="key"><tbody>${table.map(([name, value]) => `<tr><th>${text(name)}</th><td>${text(value)}</td></tr>`).join('')}</tbody></table>
<div class="legend"><span class="v1">v1</span><span class="v2">v2</span><span class="v3">v3, which fails one customer in five</span></div>
${sharesChart(chart)}
${errorsChart(chart)}
<h2>What was observed</h2>
<ul class="facts">${facts.map(({ text: fact, ok }) => `<li class="${ok ? 'yes' : 'no'}">${text(fact)}</li>`).join('')}</ul>
<h2>What happened</h2>
<ol>${timeline.map((act) => `<li><b>${text(act.title)}</b> <small>${((act.to - act.from) / 1000).toFixed(1)} s</small><br>${text(act.note)}</li>`).join('')}</ol>
<h2>What each action wrote</h2>
${runs.map((run) => runOf(run, startedAt)).join('\n')}
</main></body></html>
`
}

/** The weights of both promotions, and the rollback, in seconds since the start. */
function marksOf(timeline, startedAt) {
  const since = (at) => (at - startedAt) / 1000
  const weights = timeline.flatMap(({ polls }) => polls.filter((poll, index) => poll.weight !== polls[index - 1]?.weight).map((poll) => ({ second: since(poll.sample.at), label: `${poll.weight} %` })))
  const back = timeline.find(({ key }) => key === 'back')
  return back === undefined ? weights : [...weights, { second: since(back.from), label: 'rollback' }]
}

function runOf({ action, inputs, outputs, code, ms, summary, startedAt: from }, startedAt) {
  const given = Object.entries(inputs).map(([name, value]) => `${name}: ${value}`).join('\n')
  return `<details><summary><b>${text(action)}</b> ${text(inputs.version ?? '')} <span class="${code === 0 ? 'yes' : 'no'}">${text(outputs.reason ?? 'no reason')}</span> <small>at ${((from - startedAt) / 1000).toFixed(1)} s, took ${(ms / 1000).toFixed(1)} s</small></summary>
<pre>${text(given)}</pre>${htmlOf(summary)}</details>`
}
