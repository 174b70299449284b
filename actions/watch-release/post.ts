import { runHealingPost } from '../../core/host/healing.js'
import { inputs } from './inputs.js'

void runHealingPost({ name: 'watch-release', inputs })
