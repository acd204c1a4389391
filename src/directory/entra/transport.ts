/** The last step below the Graph library: signs and sends one attempt, from one origin, within a time limit. */
import { type Context, GraphClientError, type Middleware } from '@microsoft/microsoft-graph-client';
import { type Answer, fetchWhole } from '../../lib/fetch.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import type { Tally } from '../pages.ts';
import type { GraphPace } from './pace.ts';
import type { EntraToken } from './token.ts';

export interface TransportOptions {
  readonly token: EntraToken;
  readonly origin: string;
  readonly timeoutMs: number;
  readonly pace: GraphPace;
}

/** Signs and sends one attempt. The whole answer stands in for a response, which RAW hands through untouched. */
export function transport({ token, origin, timeoutMs, pace }: TransportOptions): Middleware {
  return {
    async execute(context: Context): Promise<void> {
      try {
        const { method, headers, body, signal, tally } = context.options as unknown as TransportCall;
        const send = async (bearer: string): Promise<Answer> => {
          await pace.wait(signal);
          tally.calls++;
          const authorization = `Bearer ${bearer}`;
          const call = { method, url: String(context.request), headers: { ...headers, authorization } };
          const answer = await fetchWhole(body === undefined ? call : { ...call, body }, {
            origin,
            timeoutMs,
            signal,
          });
          pace.heed(answer.headers.get('x-ms-throttle-limit-percentage'));
          if (answer.status === 429)
            pace.hold(retryAfterMs(answer.headers.get('retry-after'), Date.now()) ?? 0);
          return answer;
        };
        const bearer = await token.get();
        let answer = await send(bearer);
        if (answer.status === 401 || answer.status === 403) token.forget(bearer);
        if (answer.status === 401) answer = await send(await token.get());
        context.response = answer as unknown as Response;
      } catch (error) {
        // The only error that the library lets through as it is.
        const carrier = new GraphClientError('the request failed');
        carrier.customError = error;
        throw carrier;
      }
    },
  };
}

interface TransportCall {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}
