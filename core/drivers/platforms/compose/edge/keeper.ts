import { balance } from './keeper/balance.js'
import { lookup } from './keeper/lookup.js'
import { loop } from './keeper/loop.js'
import { memory } from './keeper/memory.js'
import { pool } from './keeper/pool.js'
import { traffic } from './keeper/traffic.js'
import { words } from './keeper/words.js'

/**
 * The program (Lua 5.3 or newer) that HAProxy runs inside itself: it does what the file `wish` says by HAProxy's own server functions and
 * says in the file `state` what is. Its settings come from `edgeConfiguration`.
 */
export const keeperProgram = ['-- Written by Ecluse; the next roll writes it again.', words, lookup, pool, balance, traffic, memory, loop].join('\n')
