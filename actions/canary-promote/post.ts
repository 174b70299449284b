import { runHealingPost } from '../../core/host/healing.js'
import { inputs } from './inputs.js'

void runHealingPost({ name: 'canary-promote', inputs })
