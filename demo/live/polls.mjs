const WIDTH = 30

/** How the traffic is split: stable first, the candidate in its own colour. */
export function weightBar(weight, ink) {
  const candidate = weight === 0 ? 0 : Math.max(1, Math.round((WIDTH * weight) / 100))
  return `${ink.green('█'.repeat(WIDTH - candidate))}${ink.yellow('▓'.repeat(candidate))}`
}

/** What the judge must know to speak: evidence of e^4.6 to 1 against, of e^3 to 1 for (`false-alarm` and `missed` of the configuration). */
const thresholds = { against: Math.log(1 / 0.01), for: Math.log(1 / 0.05) }
const words = { PASS: 'pass', FAIL: 'fail' }

const arm = (counters, first) => {
  if (counters === undefined) return 'nothing yet'
  const requests = counters.requests - (first?.requests ?? 0)
  return `${counters.identity} ${counters.errors - (first?.errors ?? 0)} of ${String(requests).padEnd(4)} failed`
}

const of = (evidence, threshold) => `${Math.max(0, evidence).toFixed(1)} of ${threshold.toFixed(1)}`

/** One look of the judge: the split, both arms since the first look, what speaks against the candidate and for it. */
export function pollLine({ weight, sample, decision, logEFail = 0, logEPass = 0 }, ink, first) {
  const split = `${weightBar(weight, ink)} ${String(weight).padStart(3)} %`
  if (sample.kind === 'no-data') return `${split}  no data: ${sample.cause}`
  const arms = [arm(sample.stable, first?.stable), arm(sample.candidate, first?.candidate)].join('  ')
  const paint = decision === 'FAIL' ? ink.red : decision === 'PASS' ? ink.green : ink.dim
  return `${split}  ${arms}  ${paint(`${words[decision] ?? 'open'}: against ${of(logEFail, thresholds.against)}, for ${of(logEPass, thresholds.for)}`)}`
}

export const firstSample = (polls) => polls.find(({ sample }) => sample.kind === 'sample')?.sample
