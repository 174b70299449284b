import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'

/** A run that was killed could not take its login to the registry off the disk. */
void runPost({
  name: 'build-image',
  inputs,
  run: async (state, ambient) => {
    const folder = state['docker-settings']
    if (folder === undefined || !/\/ecluse-docker-[^/]+$/.test(folder) || (await ambient.files.info(folder)) === undefined) return
    await ambient.files.remove(folder)
    ambient.log.warn('Removed the login to the registry that an ended run left.')
  },
})
