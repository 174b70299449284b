import { describe, expect, test } from '@jest/globals'
import { sshFault } from '../../../core/domain/ssh-faults.js'

/** What OpenSSH 9.2 wrote; where noted, others. */
const seen: readonly (readonly [text: string, observed: string])[] = [
  ['Load key "/t/k1": error in libcrypto\nroot@127.0.0.1: Permission denied (publickey).', '`ssh` can not read the given private key (error in libcrypto)'],
  // OpenSSH 8.2
  ['Load key "/t/k1": invalid format\r\nroot@127.0.0.1: Permission denied (publickey).', '`ssh` can not read the given private key (invalid format)'],
  ['deploy@shop.example: Permission denied (publickey,password).', 'the host does not let `deploy@shop.example` in with the keys that it was shown (it takes publickey,password)'],
  ['Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.5 port 22', 'the host gave up after too many keys that it does not know'],
  ['ssh: Could not resolve hostname no-such.invalid: Name or service not known', 'the name `no-such.invalid` leads nowhere (Name or service not known)'],
  ['ssh: connect to host 127.0.0.1 port 1: Connection refused', 'nobody answers at `127.0.0.1` port 1 (Connection refused)'],
  ['ssh: connect to host 10.255.255.1 port 22: Connection timed out', 'nobody answers at `10.255.255.1` port 22 (Connection timed out)'],
  ['Connection timed out during banner exchange\nConnection to 127.0.0.1 port 5999 timed out', 'something took the connection and said nothing'],
  ['kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 5999', 'the connection was broken off before anybody had logged in (Connection reset by 127.0.0.1 port 5999)'],
  ['Unable to negotiate with 10.0.0.5 port 22: no matching host key type found. Their offer: ssh-rsa', 'the ssh of the host is too old or too strict for the one here (no matching host key type found. Their offer: ssh-rsa)'],
  ['/c/config: line 3: Bad configuration option: foo\n/c/config: terminating, 1 bad configuration options', '`ssh` can not use its own configuration `/c/config` (Bad configuration option: foo)'],
  ['Bad owner or permissions on /c/config', '`ssh` does not use `/c/config`: others may write to it'],
  ['unix_listener: path "/t/c.Ab" too long for Unix domain socket', 'the folder for temporary files has too long a name (path "/t/c.Ab" too long for Unix domain socket)'],
  ["Warning: Permanently added '[127.0.0.1]:5122' (ED25519) to the list of known hosts.\nsomething new", '"something new"'],
  // OpenSSH 10
  ['** WARNING: connection is not using a post-quantum key exchange algorithm.', '`ssh` ended without a word'],
]

describe('what ssh says', () => {
  test.each(seen)('%s', (text, observed) => {
    expect(sshFault(text.split(/\r?\n/))).toMatchObject({ code: 'ssh-failed', observed })
  })

  test('of a key that is another one than before', () => {
    const text = `@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
The fingerprint for the ED25519 key sent by the remote host is
SHA256:ZkGR402X3IPSy4TMRYL1h61zopaeU6n0jPAPKD5zUdk.
Please contact your system administrator.
Offending RSA key in /t/known_hosts:1
Host key for [127.0.0.1]:5122 has changed and you have requested strict checking.
Host key verification failed.`
    expect(sshFault(text.split('\n'))).toMatchObject({ code: 'host-key-changed', shown: 'SHA256:ZkGR402X3IPSy4TMRYL1h61zopaeU6n0jPAPKD5zUdk' })
  })

  test('of a key that nobody knows', () => {
    expect(sshFault(['No ED25519 host key is known for [127.0.0.1]:5122 and you have requested strict checking.', 'Host key verification failed.']).code).toBe('host-key-unknown')
  })
})
