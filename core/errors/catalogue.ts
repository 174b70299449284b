interface Entry {
  readonly meaning: string
  /** An imperative. */
  readonly remedy: string
}

/** Every code an error can carry. Codes are stable; `action-docs/errors.md` is written from this list. */
export const catalogue = {
  'input-missing': { meaning: 'A required input, flag or setting was not given.', remedy: 'Give it as an input, or set it in `ecluse.yml`.' },
  'input-invalid': { meaning: 'An input was given, and its value can not be used.', remedy: 'Set it to one of the values the message names.' },
  'input-unknown': { meaning: 'A flag or input of that name does not exist.', remedy: 'Use one of the names that `--help` prints.' },
  'config-missing': { meaning: 'The configuration file, or the environment in it, is not there.', remedy: 'Create `ecluse.yml`, or name another file with the input `config`.' },
  'config-invalid': { meaning: 'The configuration file has keys or values that can not be used.', remedy: 'Correct the lines that the message names.' },
  'config-unserved': { meaning: 'The configuration asks for a platform, driver or feature that this version does not have.', remedy: 'Use a version that has it, or choose another.' },
  'environment-variable-missing': { meaning: 'The configuration names an environment variable that is not set.', remedy: 'Set it in the `env:` of the step, or hand it over in `ECLUSE_ENV`.' },
  'image-not-pinned': { meaning: 'An image was named by a mutable tag where only a digest says what will run.', remedy: 'Name the image as `<name>@sha256:<digest>`; `build-image` puts it out as `image`.' },
  'image-not-found': { meaning: 'The image is not where its reference says.', remedy: 'Build it again, or correct the reference.' },
  'image-corrupt': { meaning: 'A part of the image does not have the content its digest promises.', remedy: 'Remove the damaged image and build it again.' },
  'dockerfile-missing': { meaning: 'There is no Dockerfile at the given place.', remedy: 'Name it with the input `file`.' },
  'dockerfile-invalid': { meaning: 'The Dockerfile can not be read.', remedy: 'Correct the line that the message names.' },
  'dockerfile-unsupported': { meaning: 'The builder can not carry out an instruction without a container engine.', remedy: 'Take the instruction out, or use a builder that has an engine.' },
  'port-taken': { meaning: 'Another program listens on the port.', remedy: 'Stop it, or choose another port.' },
  'platform-unreachable': { meaning: 'The platform did not answer.', remedy: 'Check that it runs and that this machine may reach it.' },
  'platform-refused': { meaning: 'The platform refused a request.', remedy: 'Read the observed answer and correct what it names.' },
  'candidate-unhealthy': { meaning: 'The new release did not become healthy in time, or stopped.', remedy: 'Read the diagnosis: stop reasons, events and last log lines.' },
  'nothing-live': { meaning: 'No release serves in this environment.', remedy: 'Deploy one first.' },
  'no-candidate': { meaning: 'There is no release on trial.', remedy: 'Launch one first.' },
  'release-gone': { meaning: 'The release is no longer kept by the platform.', remedy: 'Choose one that the platform still lists, or deploy its image again.' },
  'lease-held': { meaning: 'Another delivery is at work in this environment.', remedy: 'Wait until it has finished, or roll back: a rollback takes over.' },
  'lease-lost': { meaning: 'Another delivery or a rollback has taken over this environment.', remedy: 'Look at the newer run; start again when it is done.' },
  'ledger-corrupt': { meaning: 'The record of the environment holds lines that are not ours.', remedy: 'Move the damaged lines out of the file; nothing was changed.' },
  'metrics-unusable': { meaning: 'The metrics source can not tell what the judge asks for.', remedy: 'Correct the `judge` settings as the message says.' },
  'github-permission': { meaning: 'The token may not do what the work needs on GitHub.', remedy: 'Grant the permission that the message names, in `permissions:` of the job or to the token.' },
  'github-missing': { meaning: 'GitHub does not know the object, or the token may not see it.', remedy: 'Check its name, and that the token may read it.' },
  'github-refused': { meaning: 'GitHub refused a request.', remedy: 'Read the observed answer and correct what it names.' },
  'github-limited': { meaning: "GitHub's rate limit is used up for longer than we wait.", remedy: 'Wait until the time that the message names, or use a token of its own.' },
  'github-failed': { meaning: 'GitHub answered with a fault of its own, again and again.', remedy: 'Look at its status page; in an emergency give `ledger: file` to go on without it.' },
  'github-unset': { meaning: 'The work needs the repository on GitHub, and it is not known or no token is given.', remedy: 'Set `GITHUB_REPOSITORY` and `GITHUB_TOKEN`, or the input `token`.' },
  'network-failed': { meaning: 'No answer came: refused, reset, or the name is not known.', remedy: 'Check the address and that the service is up.' },
  'network-timeout': { meaning: 'No answer came in time.', remedy: 'Check the service, or raise the time limit.' },
  'program-missing': { meaning: 'A program that the work needs is not installed.', remedy: 'Install it and see that it is on PATH.' },
  'program-failed': { meaning: 'A program ended with an exit code that is a failure.', remedy: 'Read its last lines; correct what they name.' },
  'program-timeout': { meaning: 'A program did not end within its time limit and was stopped.', remedy: 'Raise the limit, or find out what it waited for.' },
  'database-unreachable': { meaning: 'The database did not accept the connection.', remedy: 'Check address, name, user and password, and that the server runs.' },
  'database-refused': { meaning: 'The database was reached and refused what the work needs.', remedy: 'Grant what the message names, or use another user.' },
  'client-too-old': { meaning: 'The installed PostgreSQL client is older than the server and refuses to dump it.', remedy: 'Install the client of the same major version as the server, or a newer one.' },
  'dump-failed': { meaning: 'The dump did not finish; nothing was kept.', remedy: 'Read the last lines of the dump program.' },
  'restore-failed': { meaning: 'The backup could not be restored into a scratch database.', remedy: 'Treat this backup as bad: read the last lines, then take another.' },
  'backup-corrupt': { meaning: 'A stored backup does not have the bytes its receipt promises.', remedy: 'Treat this backup as lost: use another, and check the store.' },
  'receipt-corrupt': { meaning: 'A receipt in the store can not be read.', remedy: 'Correct it, or move it out of the store together with its backup.' },
  'file-missing': { meaning: 'A file or folder is not there.', remedy: 'Check the path.' },
  'page-broken': { meaning: "The dashboard's page, which comes with the suite, is not as it was built.", remedy: 'Use a checkout of a released version, as it is.' },
  'file-exists': { meaning: 'Something is already there, and nothing is overwritten.', remedy: 'Choose another name, or remove it yourself.' },
  'file-refused': { meaning: 'The system refused access to a file or folder.', remedy: 'Check its owner and permissions.' },
  'disk-full': { meaning: 'There is no room left on the disk.', remedy: 'Make room, or choose another place.' },
  'aborted': { meaning: 'The run was cancelled.', remedy: 'Start it again; what was begun has been taken back or will be healed by the next run.' },
} as const satisfies Readonly<Record<string, Entry>>

export type ErrorCode = keyof typeof catalogue
