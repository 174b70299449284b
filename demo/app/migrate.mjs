// Expand only: the release before can run on the schema after.
import { close, migrate } from './orders/database.mjs'

console.log(await migrate())
await close()
