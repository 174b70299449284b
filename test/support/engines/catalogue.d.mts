export type EngineName = 'node24' | 'act' | 'actionlint' | 'zizmor' | 'postgres' | 'pg-clients' | 'postgres-16' | 'postgres-17' | 'postgres-18' | 'pg-clients-17' | 'pg-clients-18' | 'git' | 'skopeo' | 'umoci' | 'zstd' | 'openssl' | 'age' | 'chromium' | 'go' | 'docker' | 'cosign' | 'haproxy' | 'registry' | 'openssh' | 'redis' | 'pgbackrest' | 'prometheus' | 'alertmanager' | 'otlp-receiver' | 'alembic' | 'prisma' | 'osv-scanner' | 'minio' | 'versitygw' | 'kubernetes'
export type EngineState = { readonly path: string } | { readonly missing: string; readonly bring: string }

export declare const engine: (name: EngineName) => EngineState
