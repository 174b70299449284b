export interface SshFault {
  readonly code: 'ssh-failed' | 'host-key-unknown' | 'host-key-changed'
  /** Ends the sentence "Could not reach …: ". */
  readonly observed: string
  readonly fix?: string
  /** `SHA256:…` of the key that the host showed; only where it is not the pinned one. */
  readonly shown?: string
}

type Groups = Readonly<Record<string, string | undefined>>
type Rule = readonly [form: RegExp, observed: (groups: Groups) => string, fix?: string]

const READABLE_KEY = 'Give the whole private key as `ssh-keygen` wrote it, with its first and its last line.'
const NAMED = 'Correct the name in `host`, or the DNS of this machine.'

const RULES: readonly Rule[] = [
  [/^Load key "[^"]*": (?<said>.+)/, ({ said }) => `\`ssh\` can not read the given private key (${said})`, READABLE_KEY],
  [/^(?<who>\S+): Permission denied \((?<ways>[^)]*)\)/, ({ who, ways }) => `the host does not let \`${who}\` in with the keys that it was shown (it takes ${ways})`, 'Add the public key to `~/.ssh/authorized_keys` of that user on the host, or correct user or key.'],
  [/Too many authentication failures/, () => 'the host gave up after too many keys that it does not know', 'Give the one key with `ssh-key`.'],
  [/Could not resolve hostname (?<name>\S+?): (?<said>.+)/, ({ name, said }) => `the name \`${name}\` leads nowhere (${said})`, NAMED],
  [/connect to (?:host )?(?<name>\S+) port (?<port>\d+): (?<said>.+)/, ({ name, port, said }) => `nobody answers at \`${name}\` port ${port} (${said})`, 'Check that the host is up, its ssh server runs on that port, and no firewall is in between.'],
  [/Connection timed out during banner exchange|Connection to (?<name>\S+) port \d+ timed out/, () => 'something took the connection and said nothing', 'Check that it is an ssh server, and that the host is not overloaded.'],
  [/kex_exchange_identification: (?<said>.+)|^(?<other>Connection (?:closed|reset) by .+)/, ({ said, other }) => `the connection was broken off before anybody had logged in (${said ?? other})`, 'Check that it is an ssh server, and that it does not limit or ban this machine.'],
  [/Unable to negotiate with .+?: (?<said>.+)/, ({ said }) => `the ssh of the host is too old or too strict for the one here (${said})`],
  [/^(?<file>.+?)(?: line \d+: |: line \d+: )(?<said>Bad configuration option.+|Unsupported option.+)/i, ({ file, said }) => `\`ssh\` can not use its own configuration \`${file}\` (${said})`, 'Correct that file.'],
  [/^Bad owner or permissions on (?<file>.+)/, ({ file }) => `\`ssh\` does not use \`${file}\`: others may write to it`, 'Take write permission on it from everybody but its owner.'],
  [/(?<said>path .*too long for Unix domain socket)/i, ({ said }) => `the folder for temporary files has too long a name (${said})`, 'Set `TMPDIR` to a folder with a shorter name.'],
]

/** What `ssh` writes about itself while all is well. */
const CHATTER = /^(?:Warning: Permanently added|\*\* |debug\d: |Exit request sent|Control socket connect)/

/** What it means that `ssh` gave up, by the lines that it wrote. */
export function sshFault(lines: readonly string[]): SshFault {
  const changed = lines.some((line) => /REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key for .+ has changed/.test(line))
  const shown = lines.find((line, index) => /key sent by the remote host is$/.test(lines[index - 1] ?? '') && /^[A-Z0-9]+:/.test(line))?.replace(/\.$/, '')
  if (changed) return { code: 'host-key-changed', observed: 'the host shows another key than the pinned one', ...(shown === undefined ? {} : { shown }) }
  if (lines.some((line) => /host key is known for|Host key verification failed/.test(line))) return { code: 'host-key-unknown', observed: 'none of the pinned keys is of this host' }
  for (const [form, observed, fix] of RULES) {
    const line = lines.findLast((one) => form.test(one))
    if (line !== undefined) return { code: 'ssh-failed', observed: observed(form.exec(line)?.groups ?? {}), ...(fix === undefined ? {} : { fix }) }
  }
  const last = lines.findLast((line) => line.trim() !== '' && !CHATTER.test(line))
  return { code: 'ssh-failed', observed: last === undefined ? '`ssh` ended without a word' : `"${last.trim().slice(0, 240)}"` }
}
