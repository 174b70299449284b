/** Commands that only look, by their first words. */
const LOOKING: readonly RegExp[] = [
  /^(?:ps|images|inspect|info|version|port|top|diff|history|search)(?= |$)/,
  /^(?:container|image|network|volume|context|system|node) (?:ls|list|inspect|df|info|port|top|history)(?= |$)/,
  /^manifest inspect(?= |$)/, /^buildx (?:imagetools inspect|inspect|ls|version|du)(?= |$)/, /^logs(?= |$)(?!.* (?:-f|--follow)(?= |$))/,
]
const COMPOSE_LOOKS = /^(?:config|ps|ls|images|version|port|top)$/
/** These make several requests, so an earlier one may have been done when a later one was not. */
const SEVERAL = /^(?:run|create|compose|build|buildx|pull|push|container (?:run|create)|image (?:build|pull|push))(?= |$)/

/** Whether a command changes nothing, and can simply be given again. */
export function onlyLooks(argv: readonly string[]): boolean {
  if (argv[0] === 'compose') return argv.some((word) => COMPOSE_LOOKS.test(word)) && !argv.some((word) => /^(?:up|down|create|run|exec|start|stop|rm|kill|pull|push|build|restart|cp|pause|unpause)$/.test(word))
  if (argv[0] === 'cp') return argv.at(-1) === '-'
  const line = argv.join(' ')
  return LOOKING.some((form) => form.test(line))
}

/** Whether nothing of a command can have reached the engine: `docker` found nobody at the socket, and says nothing else. */
export function neverArrived(argv: readonly string[], lines: readonly string[]): boolean {
  const said = lines.filter((line) => line.trim() !== '')
  return !SEVERAL.test(argv.join(' ')) && said.length > 0 && said.every((line) => /^(?:docker: )?(?:Cannot connect to the Docker daemon at|failed to connect to the docker API at)/.test(line))
}
