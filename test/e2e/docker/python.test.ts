import { tellStory } from './story.js'

// Lists and anchors, networks of its own, a healthcheck in production only; nothing served before.
tellStory('a Python application', { stack: 'python', service: 'api', base: 'python', adopted: false })
