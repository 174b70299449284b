import { approvalNews, type WaitingApproval } from '../../domain/telling/approvals.js'
import { runEnded, type Subject } from '../../domain/telling/runs.js'
import { messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { Telling } from './telling.js'

/** So long a round waits for channels, for each environment. */
const FLUSH_MS = 5000

export interface Round {
  readonly subject: Subject
  readonly telling: Telling
  /** Runs that wait for somebody's word; absent where nobody can be asked, `undefined` where the token may not look. */
  readonly waiting?: () => Promise<readonly WaitingApproval[] | undefined>
  readonly approvalMs: number
}

/** What a run on a schedule does for those who are to be told: it looks after what others left, and after what nobody else looks at. */
export async function goRound({ subject, telling, waiting, approvalMs }: Round, ended: { readonly ok: boolean; readonly reason: string; readonly message: string }, { clock, log }: Pick<Ambient, 'clock' | 'log'>): Promise<void> {
  telling.follow(true)
  const { app, environment } = subject
  try {
    const found = await waiting?.()
    if (found !== undefined) for (const news of approvalNews(found, await telling.threads(), { app, environment, longerThanMs: approvalMs, now: clock.now() })) telling.tell(news)
  } catch (fault) {
    log.warn(`Nobody could look which approvals wait for \`${environment}\`: ${messageOf(fault)}`)
  }
  const news = runEnded(subject, ended, clock.now())
  if (news !== undefined) telling.tell(news)
  await telling.flush(FLUSH_MS)
}
