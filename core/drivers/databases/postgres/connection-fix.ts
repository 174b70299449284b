const CA = '`backup.ca` (the text) or `sslrootcert=…` in the address (a file)'

/** What to do about a connection that libpq did not get, as far as its words tell. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/server certificate for .* does not match host name/, 'Write the host in the address as it is in the certificate; `hostaddr=…` says where that is. `sslmode=verify-ca` leaves the name unchecked.'],
  [/certificate verify failed|self.signed certificate|unable to get (?:local )?issuer certificate/i, `Give the certificate of who signed that of the server: ${CA}. If it is the right one, somebody is in between.`],
  [/root certificate file .* does not exist|could not read root certificate file/, `Give the certificate of who signed that of the server: ${CA}; \`sslrootcert=system\` takes those of the system.`],
  [/server does not support SSL/, 'Switch TLS on in the server (`ssl = on`), or take `sslmode` out of the address where the way to it is safe.'],
  [/no pg_hba\.conf entry .*no encryption/, 'The server takes this user by TLS only: write `?sslmode=verify-full` into the address, and give `backup.ca` where its signer is not known to the system.'],
  [/alert (?:certificate required|unknown ca|bad certificate)|connection requires a valid client certificate/, 'The server wants a certificate of the client: write `sslcert=…&sslkey=…` into the address.'],
]

export function connectionFix(line: string): string | undefined {
  return RULES.find(([form]) => form.test(line))?.[1]
}
