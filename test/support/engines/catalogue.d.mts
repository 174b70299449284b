export type EngineName = 'node24' | 'act' | 'actionlint' | 'zizmor' | 'postgres' | 'pg-clients' | 'git' | 'skopeo' | 'umoci' | 'zstd' | 'openssl' | 'chromium' | 'go' | 'docker' | 'cosign' | 'haproxy' | 'registry' | 'openssh' | 'osv-scanner' | 'minio' | 'versitygw'
export type EngineState = { readonly path: string } | { readonly missing: string; readonly bring: string }

export declare const engine: (name: EngineName) => EngineState
