import { forgetLogin } from '../../core/delivery/registry-access.js'
import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'

void runPost({ name: 'build-image', inputs, run: forgetLogin })
