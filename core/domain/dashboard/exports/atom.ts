import type { DashboardModel, DeliveryRow } from '../model.js'
import { xmlText } from './markup.js'

const MOST_ENTRIES = 50

/** RFC 4287: the newest deliveries that have ended. */
export function atomFeed({ app, repository, generatedAt, deliveries, details }: DashboardModel): string {
  const entries = deliveries.filter(({ endedAt }) => endedAt !== undefined).toSorted((a, b) => endOf(b) - endOf(a)).slice(0, MOST_ENTRIES)
  const base = idBase(app, repository)
  const newest = entries.map(endOf).reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY)
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n',
    '<feed xmlns="http://www.w3.org/2005/Atom">\n',
    `<id>${xmlText(base)}</id>\n`,
    `<title>${xmlText(`Deliveries of ${app}`)}</title>\n`,
    `<updated>${rfc3339(entries.length === 0 ? generatedAt : newest)}</updated>\n`,
    `<author><name>${xmlText(app)}</name></author>\n`,
    '<generator>Ecluse</generator>\n',
    ...(repository === undefined ? [] : [`<link rel="alternate" type="text/html" href="${xmlText(repository)}"/>\n`]),
    ...entries.map((row) => entryOf(row, `${base}/${encoded(row.environment)}/${encoded(row.id)}`, details[row.id]?.message ?? '')),
    '</feed>\n',
  ].join('')
}

function entryOf(row: DeliveryRow, id: string, message: string): string {
  const { environment, kind, version, from, by, begunAt, ok, reason, runUrl } = row
  const facts = [`${kind} of ${version}${from === undefined ? '' : ` after ${from}`}, by ${by}: ${ok === true ? 'succeeded' : 'did not succeed'} (${reason ?? 'no reason'}).`, message].filter((text) => text !== '')
  return [
    '<entry>',
    `<id>${xmlText(id)}</id>`,
    `<title>${xmlText(`${environment}: ${version} ${(reason ?? '').replaceAll('-', ' ')}`)}</title>`,
    `<published>${rfc3339(begunAt)}</published>`,
    `<updated>${rfc3339(endOf(row))}</updated>`,
    // A person's name may not be empty.
    `<author><name>${xmlText(by.trim() === '' ? 'unknown' : by)}</name></author>`,
    `<category term="${xmlText(environment)}"/><category term="${xmlText(kind)}"/>`,
    ...(runUrl === '' ? [] : [`<link rel="alternate" type="text/html" href="${xmlText(runUrl)}"/>`]),
    `<content type="text">${xmlText(facts.join('\n'))}</content>`,
    '</entry>\n',
  ].join('')
}

function endOf({ endedAt, begunAt }: DeliveryRow): number {
  return endedAt ?? begunAt
}

/** The same for ever, wherever the page is put: a tag (RFC 4151) of the repository, or of the application where there is none. */
function idBase(app: string, repository: string | undefined): string {
  const url = repository !== undefined && URL.canParse(repository) ? new URL(repository) : undefined
  return url === undefined ? `tag:localhost,2026:${encoded(app)}/deliveries` : `tag:${url.hostname},2026:${url.pathname.slice(1).split('/').map((part) => encoded(decoded(part))).join('/')}/deliveries`
}

/** A half of a surrogate pair has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\u{fffd}'))
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The calendar of RFC 3339 has years of four digits. */
function rfc3339(at: number): string {
  return at >= -62_167_219_200_000 && at < 253_402_300_800_000 ? new Date(at).toISOString() : '1970-01-01T00:00:00.000Z'
}
