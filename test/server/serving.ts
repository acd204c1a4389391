import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import type { ServerDeps } from '../../src/server/deps.ts';
import { buildServer } from '../../src/server/server.ts';
import { FakeDaemon } from './fake-daemon.ts';

/** Far beyond any test: a close that needs its deadline shows as a hang. */
const NEVER_MS = 3_600_000;

/** A server for `inject`, closed when the test ends. */
export function serverOf(
  changes: Partial<ServerDeps> = {},
  daemon = new FakeDaemon(),
): { app: FastifyInstance; daemon: FakeDaemon } {
  const app = buildServer(daemon.deps({ closeWithinMs: NEVER_MS, ...changes }));
  onTestFinished(() => app.close());
  return { app, daemon };
}

/** The same, listening on a free port of loopback (or on the one given). */
export async function listening(
  changes: Partial<ServerDeps> = {},
  daemon = new FakeDaemon(),
  port = 0,
): Promise<{ app: FastifyInstance; daemon: FakeDaemon; url: string }> {
  const { app } = serverOf(changes, daemon);
  return { app, daemon, url: await app.listen({ host: '127.0.0.1', port }) };
}
