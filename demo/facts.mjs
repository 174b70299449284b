// What the story must have shown. Pure: from what was seen to facts with a yes or no, and the table at the end.

const seconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)} s`

/** `seen` is what each act returned; `users` are the counts of all requests. */
export function factsOf({ seen, users, leftOut }) {
  const { build = {}, first = {}, backup, good = {}, bad = {}, back = {}, record = {} } = seen
  const facts = [
    [`Three versions were built, with ${build.digests ?? 0} different digests.`, build.digests === 3],
    ['v1 went live.', first.first === 'v1'],
    [`${users.requests} requests were answered; ${users.platformFailures} failed but for v3's own.`, users.requests > 0 && users.platformFailures === 0 && users.skipped === 0],
    [`v2 was let in at ${(good.weights ?? []).join(', ')} and 100 %, judged and promoted.`, String(good.weights) === '5,25,50' && good.version === 'v2'],
    [`v3 was caught at ${bad.weight} % by the judge and sent back, and the step failed.`, bad.verdict === 'fail' && bad.exit !== 0 && bad.back === 'v2' && bad.failed > 0],
    ['The rollback brought v1 back, and users got nothing else since.', back.version === 'v1' && users.last === 'v1'],
  ]
  const data = leftOut === undefined ? databaseFacts(backup, back) : []
  return [...facts, ...data, recordFact(record, back)].map(([text, ok]) => ({ text, ok }))
}

const databaseFacts = (backup = {}, back = {}) => [
  [`A backup with ${backup.rows ?? 0} rows was restored elsewhere and found equal.`, backup.verified === true && backup.rows > 0],
  [`${back.lost ?? 0} rows were lost; after the restore all ${back.restored ?? 0} of the backup are there.`, back.lost > 0 && back.restored === backup.rows],
]

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five']
const numbered = (count, noun, plural) => `${NUMBERS[count] ?? count ?? 'no'} ${count === 1 ? noun : plural}`

/** By what the page was made of, not by what the story knows. */
function recordFact({ live, deliveries, rollbacks, agree }, back) {
  const text = `The dashboard shows ${live ?? 'nothing'} live, ${numbered(deliveries, 'delivery', 'deliveries')}, ${numbered(rollbacks, 'rollback', 'rollbacks')}.`
  return [text, live === back.version && deliveries === 3 && rollbacks === 1 && agree]
}

/** What people want to know first. */
export function tableOf({ seen, users, leftOut }) {
  const { backup, bad = {}, back = {} } = seen
  const backedUp = backup === undefined ? `left out: ${leftOut}` : `${backup.rows} rows restored and equal`
  return [
    ['Downtime', `${users.platformFailures} of ${users.requests} requests failed, v3's own aside`],
    ['Seconds to catch v3', bad.seconds === undefined ? 'not seen' : `${seconds(bad.seconds)} (${bad.failed} requests failed, ${share(bad.failed, users.requestsMeanwhile ?? 0)} of all at the time)`],
    ['Seconds to roll back', back.seconds === undefined ? 'not seen' : `${back.seconds.toFixed(2)} s from the start of \`rollback\` to 100 % v1`],
    ['Backup', backedUp],
  ]
}

const share = (part, whole) => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`)
