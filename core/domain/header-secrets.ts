/** Whatever stands in a header of such a name is for nobody's eyes. */
const NAMED = /auth|cookie|token|key|secret|session|passw|credential/i
/** Names of tenants are long at times, and stand in messages that people must read. */
const TENANT = /^(?:x-scope-orgid|thanos-tenant|accountid|projectid|x-tenant(?:-id)?|accept|user-agent|content-type)$/i
/** Shorter values are words; hiding them would hide those everywhere. */
const SHORTEST = 12

/** What headers of the configuration must not be seen with: whole, and what follows a word such as `Bearer`. */
export function secretsInHeaders(headers: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const forms = [value, value.replace(/^\w+ +/, '')]
    if (NAMED.test(name)) return forms.filter((form) => form !== '')
    return TENANT.test(name) ? [] : forms.filter(({ length }) => length >= SHORTEST)
  })
}
