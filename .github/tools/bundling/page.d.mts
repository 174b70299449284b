/** The dashboard's page, whole but for its model. */
export function buildPage(): Promise<string>
