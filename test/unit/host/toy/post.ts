import { runPost } from '../../../../core/host/post.js'
import { inputs } from './fields.js'

void runPost({
  name: 'toy',
  inputs,
  run: async (state, ambient) => {
    ambient.log.info(`healing ${state['delivery']}`)
    if (state['delivery'] === 'bad') throw new Error('the platform is gone')
  },
})
