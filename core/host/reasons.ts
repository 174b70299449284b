/** What every action can end with beside its own reasons; on every action's page. */
export const hostReasons = {
  'invalid-input': 'An input, flag or setting can not be used; every problem is listed. Nothing was changed.',
  error: 'Something kept the work from being done; the message says what was observed and what to do.',
  cancelled: 'The run was cancelled before the action could say more.',
} as const satisfies Readonly<Record<string, string>>

export type HostReason = keyof typeof hostReasons
