import { tellStory } from './story.js'

// As most stacks are met: it runs already, on a published port.
tellStory('a Node application', { stack: 'node', service: 'web', base: 'node', adopted: true })
