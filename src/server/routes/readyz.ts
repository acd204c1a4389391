import { z } from 'zod';
import { errorText } from '../../lib/errors.ts';
import type { Api } from '../api.ts';
import type { ReadinessCheck, ServerDeps } from '../deps.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

const Check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });

export function addReadyz(api: Api, deps: ServerDeps): void {
  api.get(
    '/readyz',
    {
      config: { open: true },
      logLevel: 'warn',
      schema: {
        operationId: 'readyz',
        summary: 'Can the daemon do its work? Names what is not ready.',
        tags: ['probes'],
        security: [],
        querystring: NoQuery,
        response: {
          200: answer('It can.', z.object({ status: z.literal('ready'), checks: z.array(Check) })),
          ...problems(503),
        },
      },
    },
    async (request) => {
      const checks = await checksInTime(deps, (error) => {
        request.log.warn(`not ready: ${errorText(error)}`);
      });
      const missing = checks.filter((check) => !check.ok).map((check) => `${check.name} (${check.detail})`);
      if (missing.length > 0) {
        throw new ProblemError(503, `Not ready: ${missing.join(', ')}.`, { extra: { checks: [...checks] } });
      }
      return { status: 'ready' as const, checks: [...checks] };
    },
  );
}

/** A probe must not hang with what it asks about: silence, like an error, is an answer. */
async function checksInTime(
  deps: ServerDeps,
  onError: (error: unknown) => void,
): Promise<readonly ReadinessCheck[]> {
  const withinMs = deps.readyWithinMs ?? 2_000;
  const timeout = AbortSignal.timeout(withinMs);
  const silence = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () => reject(new Error(`no answer within ${withinMs} ms`)));
  });
  try {
    return await Promise.race([deps.ready(timeout), silence]);
  } catch (error) {
    onError(error);
    const detail = timeout.aborted ? `no answer within ${withinMs} ms` : 'the check failed, see the log';
    return [{ name: 'daemon', ok: false, detail }];
  }
}
