import { describe, expect, test } from '@jest/globals'
import { dockerFault, unanswered, type DockerFaultCode } from '../../../core/domain/docker-faults.js'

/** What real commands wrote (Docker 28.5.2, Compose 2.40.3, buildx 0.29.1; where noted, others). */
const seen: readonly (readonly [argv: string, exitCode: number, text: string, code: DockerFaultCode, observed: string])[] = [
  ['ps', 1, 'Cannot connect to the Docker daemon at unix:///nope.sock. Is the docker daemon running?', 'docker-unreachable', 'no Docker Engine answers at `unix:///nope.sock`'],
  // Docker 29
  ['ps', 1, 'failed to connect to the docker API at unix:///nope.sock; check if the path is correct and if the daemon is running: dial unix /nope.sock: connect: no such file or directory', 'docker-unreachable', 'no Docker Engine answers at `unix:///nope.sock`'],
  ['buildx build .', 1, 'ERROR: Cannot connect to the Docker daemon at unix:///nope.sock. Is the docker daemon running?', 'docker-unreachable', 'no Docker Engine answers at `unix:///nope.sock`'],
  // Docker 27
  ['ps', 1, 'permission denied while trying to connect to the Docker daemon socket at unix:///run/docker.sock: Get "http://%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /run/docker.sock: connect: permission denied', 'docker-unreachable', 'this user may not use the socket of the Docker Engine, `unix:///run/docker.sock`'],
  ['ps', 1, 'permission denied while trying to connect to the docker API at unix:///run/docker.sock', 'docker-unreachable', 'this user may not use the socket of the Docker Engine, `unix:///run/docker.sock`'],
  ['ps', 1, 'Failed to initialize: unable to resolve docker endpoint: context "nope": context not found: open /c/meta.json: no such file or directory', 'docker-unreachable', 'there is no Docker context `nope`'],
  ['ps', 1, 'error during connect: Get "http://no-such.invalid:2375/v1.51/containers/json": dial tcp: lookup no-such.invalid on 10.0.0.1:53: no such host', 'docker-unreachable', 'the Docker Engine did not answer: "Get "http://no-such.invalid:2375/v1.51/containers/json": dial tcp: lookup no-such.invalid on 10.0.0.1:53: no such host"'],
  ['ps', 1, 'Error response from daemon: client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version', 'docker-unreachable', 'the `docker` command speaks API 1.23, and the engine 1.24'],
  ['events', 1, 'unexpected EOF', 'docker-unreachable', 'the Docker Engine broke off in the middle of its answer'],
  ['compose version', 1, "docker: unknown command: docker compose\n\nRun 'docker --help' for more information", 'compose-missing', '`docker` has no `compose` here'],
  ['compose -f x.yml up -d', 125, "unknown shorthand flag: 'f' in -f\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]", 'compose-missing', `Docker Compose is not installed or too old: "unknown shorthand flag: 'f' in -f"`],
  ['buildx version', 1, "docker: unknown command: docker buildx\n\nRun 'docker --help' for more information", 'buildx-missing', '`docker` has no `buildx` here'],
  ['buildx build --push .', 125, 'unknown flag: --push\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]', 'buildx-missing', 'buildx is not installed or too old: "unknown flag: --push"'],
  ['run -d -p 127.0.0.1:5102:80 x', 125, "docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint a (5a75): failed to bind host port for 127.0.0.1:5102:172.17.0.3:80/tcp: address already in use\n\nRun 'docker run --help' for more information", 'port-taken', 'port 5102 is taken on 127.0.0.1'],
  ['compose -p cc up -d', 1, ' Container cc-web-1  Starting\nError response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint cc-web-1 (78f): Bind for 0.0.0.0:5999 failed: port is already allocated', 'port-taken', 'port 5999 is taken'],
  // Docker 26
  ['start x', 1, 'Error response from daemon: driver failed programming external connectivity on endpoint x (1f): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use', 'port-taken', 'port 80 is taken'],
  ['cp big full:/v/big', 1, 'Error response from daemon: write /v/big: no space left on device', 'disk-full', 'no room is left on the disk of the Docker Engine (for `/v/big`)'],
  ['pull a/nope:1', 1, 'Error response from daemon: failed to resolve reference "127.0.0.1:5102/nope/nope:1": 127.0.0.1:5102/nope/nope:1: not found', 'image-not-found', 'there is no image `127.0.0.1:5102/nope/nope:1`'],
  ['compose -f e5.yml up -d', 1, ' web Pulling \n web Error failed to resolve reference "127.0.0.1:5102/nope:1": 127.0.0.1:5102/nope:1: not found\nError response from daemon: failed to resolve reference "127.0.0.1:5102/nope:1": 127.0.0.1:5102/nope:1: not found', 'image-not-found', 'there is no image `127.0.0.1:5102/nope:1`'],
  ['image inspect nope:1', 1, '[]\nError response from daemon: No such image: nope:1', 'image-not-found', 'there is no image `nope:1`'],
  ['push a/not-there:1', 1, 'The push refers to repository [127.0.0.1:5102/not-there]\ntag does not exist: 127.0.0.1:5102/not-there:1', 'image-not-found', 'there is no image `127.0.0.1:5102/not-there:1`'],
  ['manifest inspect a/x:2', 1, 'no such manifest: 127.0.0.1:5103/x:2', 'image-not-found', 'there is no image `127.0.0.1:5103/x:2`'],
  ['buildx imagetools inspect a/none:2', 1, 'ERROR: 127.0.0.1:5102/none:2: not found', 'image-not-found', 'there is no image `127.0.0.1:5102/none:2`'],
  // Docker 26 without the containerd image store
  ['pull a/x:2', 1, 'Error response from daemon: manifest for 127.0.0.1:5102/x:2 not found: manifest unknown: manifest unknown', 'image-not-found', '"manifest for 127.0.0.1:5102/x:2 not found: manifest unknown: manifest unknown"'],
  ['pull a/x:1', 1, 'Error response from daemon: failed to resolve reference "127.0.0.1:1/x:1": failed to do request: Head "https://127.0.0.1:1/v2/x/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused', 'registry-unreachable', '"failed to resolve reference "127.0.0.1:1/x:1": failed to do request: Head "https://127.0.0.1:1/v2/x/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused"'],
  ['login -u u --password-stdin a', 1, 'Error response from daemon: Get "https://no-such.invalid/v2/": dial tcp: lookup no-such.invalid on 10.0.0.1:53: no such host', 'registry-unreachable', '"Get "https://no-such.invalid/v2/": dial tcp: lookup no-such.invalid on 10.0.0.1:53: no such host"'],
  ['pull a/x:2', 1, 'Error response from daemon: failed to resolve reference "127.0.0.1:5103/x:2": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials', 'registry-refused', '"failed to resolve reference "127.0.0.1:5103/x:2": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"'],
  ['login -u u --password-stdin a', 1, 'Error response from daemon: login attempt to http://127.0.0.1:5103/v2/ failed with status: 401 Unauthorized', 'registry-refused', '"login attempt to http://127.0.0.1:5103/v2/ failed with status: 401 Unauthorized"'],
  ['buildx build -f D1 .', 1, '#2 ERROR: unexpected status from HEAD request\nERROR: failed to build: failed to solve: 127.0.0.1:5103/x:2: failed to resolve source metadata for 127.0.0.1:5103/x:2: unexpected status from HEAD request to http://127.0.0.1:5103/v2/x/manifests/2: 401 Unauthorized', 'registry-refused', '"failed to build: failed to solve: 127.0.0.1:5103/x:2: failed to resolve source metadata for 127.0.0.1:5103/x:2: unexpected status from HEAD request to http://127.0.0.1:5103/v2/x/manifests/2: 401 Unauthorized"'],
  ['buildx build -f D2 .', 1, 'ERROR: failed to build: failed to solve: 127.0.0.1:5102/nope:1: failed to resolve source metadata for 127.0.0.1:5102/nope:1: 127.0.0.1:5102/nope:1: not found', 'image-not-found', 'there is no image `127.0.0.1:5102/nope:1`'],
  ['buildx build -f D3 .', 1, '#5 0.4 dial tcp 127.0.0.1:1: connect: connection refused\nERROR: failed to build: failed to solve: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3', 'build-failed', 'the build failed: "process "/bin/sh -c exit 3" did not complete successfully: exit code: 3"'],
  ['buildx build -f D7 .', 1, 'ERROR: failed to build: failed to solve: failed to read dockerfile: open D7: no such file or directory', 'dockerfile-missing', 'there is no Dockerfile `D7`'],
  ['buildx build -f D6 .', 1, 'ERROR: failed to build: failed to solve: dockerfile parse error on line 1: unknown instruction: FRM (did you mean FROM?)', 'dockerfile-invalid', 'the Dockerfile can not be read: "line 1: unknown instruction: FRM (did you mean FROM?)"'],
  ['buildx build --platform linux/arm64 .', 1, '0.102 exec /bin/sh: exec format error\nERROR: failed to build: failed to solve: process "/bin/sh -c true" did not complete successfully: exit code: 255', 'emulation-missing', 'this machine can not run programs of a platform that was asked for (`exec format error`)'],
  ['compose -f e1.yml config', 1, "validating /w/e1.yml: services.web additional properties 'imag' not allowed", 'compose-invalid', `"validating /w/e1.yml: services.web additional properties 'imag' not allowed"`],
  ['compose -f e2.yml config', 1, 'error while interpolating services.web.image: required variable NEED is missing a value: must be set', 'compose-invalid', 'the compose files need the variable `NEED`, which is not set'],
  ['compose -f e3.yml config', 1, 'service "web" refers to undefined network nope: invalid compose project', 'compose-invalid', '"service "web" refers to undefined network nope: invalid compose project"'],
  ['compose -f e4.yml config', 1, "yaml: line 2: did not find expected '-' indicator", 'compose-invalid', `"yaml: line 2: did not find expected '-' indicator"`],
  ['compose -f e6.yml config', 1, 'env file /w/nope.env not found: stat /w/nope.env: no such file or directory', 'compose-invalid', '"env file /w/nope.env not found: stat /w/nope.env: no such file or directory"'],
  ['compose -f nofile.yml config', 1, 'open /w/nofile.yml: no such file or directory', 'compose-invalid', '"open /w/nofile.yml: no such file or directory"'],
  ['compose -f c.yml up -d nosuch', 1, 'no such service: nosuch', 'compose-invalid', '"no such service: nosuch"'],
]

const ended = (argv: string, exitCode: number, text: string) => ({ argv: argv.split(' '), exitCode, lines: text.split('\n') })

describe('what docker says', () => {
  test.each(seen)('%s (%d): %s', (argv, exitCode, text, code, observed) => {
    expect(dockerFault(ended(argv, exitCode, text))).toMatchObject({ code, observed })
  })

  test.each([
    ['run --rm app', 1, 'dial tcp 10.0.0.5:5432: connect: connection refused'],
    ['run --rm app', 1, 'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?'],
    ['exec app migrate', 1, 'unauthorized: the application says so'],
    ['compose -p shop exec app migrate', 1, 'write /data/x: no space left on device'],
    ['logs app', 1, 'listen tcp4 0.0.0.0:80: bind: address already in use'],
    ['network connect nope t1', 1, 'Error response from daemon: network nope not found'],
    ['run --name t1 x', 125, 'docker: Error response from daemon: Conflict. The container name "/t1" is already in use by container "47e5". You have to remove (or rename) that container to be able to reuse that name.'],
    ['start nope', 1, 'Error response from daemon: No such container: nope\nError: failed to start containers: nope'],
  ])('%s (%d) is not taken for another fault: %s', (argv, exitCode, text) => {
    expect(dockerFault(ended(argv, exitCode, text))).toBeUndefined()
  })

  test('an exit code is no answer when nobody was there to give one', () => {
    expect(unanswered(ended('inspect x', 1, 'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?'))?.code).toBe('docker-unreachable')
    expect(unanswered(ended('compose ps', 1, 'docker: unknown command: docker compose'))?.code).toBe('compose-missing')
    expect(unanswered(ended('inspect x', 1, '[]\nError: No such object: x'))).toBeUndefined()
    expect(unanswered(ended('pull x', 1, 'Error response from daemon: dial tcp 10.0.0.5:443: i/o timeout'))).toBeUndefined()
  })

  test('long words are cut, and say that they are', () => {
    const { observed } = dockerFault(ended('compose config', 1, `validating ${'x'.repeat(2000)}`))!
    expect(observed.length).toBeLessThan(250)
    expect(observed).toContain('…')
  })
})
