/** What keeps copies of answers beside the application. Faults reject with `RemoteError`; nothing of its password is in them. */
export interface Cache {
  /** For people: host, port and the number of the database. */
  readonly place: string
  /** Empties this one database and no other. How many keys were in it. */
  flush(): Promise<{ readonly keys: number }>
}
