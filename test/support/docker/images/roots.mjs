// The base images: what is in each and how it runs. Nothing is pulled.
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { postgresFiles } from '../../engines/postgres-files.mjs'
import { file, folder, inOwn, librariesOf, link, system, text, tree } from './sources.mjs'

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const fixed = () => ({ entries: system(), config: { Env: [PATH], Cmd: ['sh'] } })

const node = () => {
  const program = realpathSync(process.execPath)
  const account = { name: 'node', id: 1000, home: '/app' }
  const entries = [...system([account]), file('/usr/local/bin/node', program, { mode: 0o755 }), link('/usr/bin/node', '../local/bin/node'), ...librariesOf([program])]
  return { entries, config: { Env: [PATH], Cmd: ['node'], WorkingDir: '/app' } }
}

const python = () => {
  const [program, library] = [inOwn('usr/bin/python3.11'), inOwn('usr/lib/python3.11')]
  const unused = /(^|\/)(__pycache__|test|tests|idlelib|tkinter|turtledemo|ensurepip|lib2to3|config-[^/]*)(\/|$)/
  const files = tree('/usr/lib/python3.11', library, (inside) => !unused.test(inside))
  const modules = files.filter(({ path: name }) => name.endsWith('.so')).map(({ path: name }) => inOwn(name))
  const names = ['python3', 'python'].map((name) => link(`/usr/bin/${name}`, 'python3.11'))
  const entries = [...system(), file('/usr/bin/python3.11', program, { mode: 0o755 }), ...names, ...files, ...librariesOf([program, ...modules])]
  return { entries, config: { Env: [PATH, 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1'], Cmd: ['python3'], WorkingDir: '/app' } }
}

// As in the image that people use: options alone are for haproxy, which is then run as master and in the foreground.
const haproxyEntry = `#!/bin/sh
set -e
case "\${1:-}" in -*) set -- haproxy "$@" ;; esac
if [ "\${1:-}" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
`

const haproxy = () => {
  const [program, socat] = [inOwn('usr/sbin/haproxy'), inOwn('usr/bin/socat')]
  const account = { name: 'haproxy', id: 99, home: '/var/lib/haproxy' }
  const entries = [
    ...system([account]),
    file('/usr/local/sbin/haproxy', program, { mode: 0o755 }),
    file('/usr/bin/socat', realpathSync(socat), { mode: 0o755 }),
    text('/usr/local/bin/docker-entrypoint.sh', haproxyEntry, 0o755),
    folder('/usr/local/etc/haproxy'),
    folder('/var/lib/haproxy', { uid: 99, gid: 99 }),
    ...librariesOf([program, socat]),
  ]
  const run = { Entrypoint: ['docker-entrypoint.sh'], Cmd: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'], User: 'haproxy', WorkingDir: '/var/lib/haproxy', StopSignal: 'SIGUSR1' }
  return { entries, config: { Env: [PATH, 'HAPROXY_VERSION=2.6'], ...run } }
}

const postgresEntry = `#!/bin/sh
set -e
if [ "\${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "\${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD.}"
  user="\${POSTGRES_USER:-postgres}"
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb -D "$PGDATA" -U "$user" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync
  rm /tmp/password
  printf 'host all all all scram-sha-256\\n' >> "$PGDATA/pg_hba.conf"
  database="\${POSTGRES_DB:-$user}"
  [ "$database" = postgres ] || echo "CREATE DATABASE \\"$database\\"" | postgres --single -D "$PGDATA" postgres
fi
exec "$@"
`

const postgres = async () => {
  const files = await postgresFiles({ asRoot: process.getuid() === 0 })
  const account = { name: 'postgres', id: 70, home: '/var/lib/postgresql' }
  const inside = '/usr/local/pgsql'
  const programs = ['postgres', 'initdb', 'pg_ctl'].map((name) => path.join(files, 'bin', name))
  const owned = { uid: 70, gid: 70 }
  const entries = [
    ...system([account]),
    ...tree(inside, files, (name) => !/(^include\/|\.a$|\.pc$)/.test(name)),
    text('/usr/local/bin/docker-entrypoint.sh', postgresEntry, 0o755),
    // Its health, since no client is in it: the server writes this line when it takes connections.
    text('/usr/local/bin/pg_isready', '#!/bin/sh\nexec grep -q "^ready" "$PGDATA/postmaster.pid"\n', 0o755),
    folder('/var/lib/postgresql', owned),
    folder('/var/lib/postgresql/data', { ...owned, mode: 0o700 }),
    // The only locale that it is started with.
    ...tree('/usr/lib/locale/C.utf8', '/usr/lib/locale/C.utf8'),
    ...librariesOf(programs, path.join(files, 'lib')),
  ]
  const Env = [PATH.replace('=', `=${inside}/bin:`), `LD_LIBRARY_PATH=${inside}/lib`, 'PGDATA=/var/lib/postgresql/data']
  const run = { Entrypoint: ['docker-entrypoint.sh'], Cmd: ['postgres', '-c', 'listen_addresses=*', '-c', 'unix_socket_directories=/tmp', '-c', 'fsync=off'], User: '70:70', StopSignal: 'SIGINT' }
  return { entries, config: { Env, ...run, ExposedPorts: { '5432/tcp': {} } } }
}

const redis = () => {
  const programs = [inOwn('usr/bin/redis-server'), inOwn('usr/bin/redis-cli')].map((place) => realpathSync(place))
  const account = { name: 'redis', id: 999, home: '/data' }
  const entries = [
    ...system([account]),
    ...['redis-server', 'redis-cli'].map((name, index) => file(`/usr/local/bin/${name}`, programs[index], { mode: 0o755 })),
    folder('/data', { uid: 999, gid: 999 }),
    ...librariesOf(programs),
  ]
  return { entries, config: { Env: [PATH], Cmd: ['redis-server', '--protected-mode', 'no'], User: '999:999', WorkingDir: '/data', ExposedPorts: { '6379/tcp': {} } } }
}

export const roots = { static: fixed, node, python, haproxy, postgres, redis }
