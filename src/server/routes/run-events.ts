import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { ProblemError, problems } from '../problem.ts';
import { NoQuery, RunParams } from '../schemas.ts';
import { asDocumented, eventStream } from '../stream.ts';
import { existingRun } from './run.ts';

/** Each open stream holds a socket and a subscription; beyond this a caller is told to poll. */
const MAX_STREAMS = 200;

export function addRunEvents(api: Api, deps: ServerDeps): void {
  streamRun(api, deps, '/api/v1/runs/:id/events');
}

/** The stream under this path: for programs with a token, and for pages with a login. */
export function streamRun(api: Api, deps: ServerDeps, path: string): void {
  const closing = new AbortController();
  let open = 0;
  // Streams would keep a closing server waiting for as long as their runs last.
  api.addHook('preClose', async () => closing.abort());
  api.get(
    path,
    {
      // Answering HEAD would open a subscription that nobody reads.
      exposeHeadRoute: false,
      schema: {
        operationId: 'followRun',
        summary: 'Follow one run until it and its writes are settled',
        description:
          'Server-sent events `state`, `progress` and at last `settled`; the data of each is the whole run as it is ' +
          'then. A stream that ends without `settled` was cut (the daemon restarts, the network failed): ask again.',
        tags: ['runs'],
        params: RunParams,
        querystring: NoQuery,
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
          ...problems(400, 401, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const run = await existingRun(deps, request.params.id);
      if (open >= MAX_STREAMS || closing.signal.aborted) {
        const why = closing.signal.aborted
          ? 'the daemon is stopping'
          : `${MAX_STREAMS} streams are open already`;
        throw new ProblemError(503, `No event stream: ${why}. Ask for the run itself every few seconds.`, {
          headers: { 'retry-after': '2' },
        });
      }
      // Not request.signal: that one fires once the request is read, long before the caller is gone.
      const gone = new AbortController();
      // Who went away while the run was looked up closes nothing any more: nobody would end what began now.
      if (reply.raw.destroyed) throw new ProblemError(503, 'The caller has gone away.');
      open++;
      reply.raw.once('close', () => {
        open--;
        gone.abort();
      });
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      // The connection ends with the stream; kept alive it would hold up a graceful stop.
      reply.headers({ connection: 'close', 'x-accel-buffering': 'no' }).type('text/event-stream');
      const stream = eventStream(deps.subscribeRun(run.id, signal), {
        signal,
        heartbeatMs: deps.heartbeatMs ?? 15_000,
        onError: (error) => request.log.error({ err: error }, 'event stream failed'),
      });
      return reply.send(asDocumented(stream));
    },
  );
}
