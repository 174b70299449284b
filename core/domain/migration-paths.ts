/** Where frameworks keep their migrations. */
const USUAL: readonly RegExp[] = [
  // Django, Laravel, Knex, TypeORM, Sequelize, Ecto, EF Core, Prisma, Supabase, dbmate, goose, …
  /(^|\/)migrations?\/(?!__init__\.py$)./i,
  // Rails
  /(^|\/)db\/migrate\/./,
  // Alembic
  /(^|\/)alembic\/versions\/./, /(^|\/)migrations?\/versions\/./,
  // Flyway: versioned, undo and repeatable
  /(^|\/)([VU]\d+([._]\d+)*|R)__[^/]+\.(sql|java|kt)$/,
  // Liquibase. One way only to read what follows: whoever names a file must not make us think for hours.
  /(^|\/)(db[./-])?changelogs?([./-].*)?\.(sql|xml)$/i, /(^|\/)db[./-]changelog([./-].*)?\.(ya?ml|json)$/i,
  // Drizzle
  /(^|\/)drizzle\/\d[^/]*\.sql$/,
]

/** Paths that look like database migrations, in their order; `more` are folders or patterns of the user's own. */
export function migrationsAmong(paths: readonly string[], more: readonly string[] = []): readonly string[] {
  const forms = [...USUAL, ...more.map(formOf)]
  return paths.filter((path) => forms.some((form) => form.test(path)))
}

/** `*` stays in its folder, `**` goes into others; a path without either is a folder or a file. */
function formOf(pattern: string): RegExp {
  const bare = pattern.replace(/^\.?\//, '').replace(/\/$/, '')
  const parts = bare.split(/(\*\*\/?|\*|\?)/).map((part) => MEANING[part] ?? part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('')}${/[*?]/.test(bare) ? '' : '(/.*)?'}$`)
}

const MEANING: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }
