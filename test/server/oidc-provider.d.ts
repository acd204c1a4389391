/** The parts of oidc-provider that the tests use; it brings no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface Context {
    readonly oidc?: { readonly route?: string };
    body: unknown;
    status: number;
  }

  // biome-ignore lint/style/noDefaultExport: it is how the package exports it.
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    on(event: string, listener: (...details: unknown[]) => void): void;
  }
}
