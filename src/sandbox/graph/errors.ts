/** Refusals in Graph's and Entra's words. */
import { randomUUID } from 'node:crypto';
import { type Answer, jsonAnswer, Refusal } from '../http/exchange.ts';

export function graphAnswer(status: number, code: string, message: string): Answer {
  const requestId = randomUUID();
  const innerError = { date: '2026-01-05T09:00:00', 'request-id': requestId, 'client-request-id': requestId };
  return jsonAnswer(status, { error: { code, message, innerError } });
}

export function graphRefusal(status: number, code: string, message: string): Refusal {
  return new Refusal(graphAnswer(status, code, message));
}

export function notFound(id: string): Refusal {
  return graphRefusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

const CODES: Readonly<Record<number, string>> = {
  401: 'InvalidAuthenticationToken',
  403: 'Authorization_RequestDenied',
  404: 'Request_ResourceNotFound',
  410: 'syncStateNotFound',
  429: 'TooManyRequests',
  503: 'serviceNotAvailable',
};

/** Any status, for scripted faults. */
export function graphFailure(status: number, detail: string): Answer {
  return graphAnswer(status, CODES[status] ?? (status < 500 ? 'BadRequest' : 'generalException'), detail);
}

/** An error of the token endpoint: `number` is the AADSTS code that administrators search for. */
export function tokenRefusal(status: number, error: string, number: number, text: string): Refusal {
  return new Refusal(
    jsonAnswer(status, {
      error,
      error_description: `AADSTS${number}: ${text}`,
      error_codes: [number],
      timestamp: '2026-01-05 09:00:00Z',
      trace_id: randomUUID(),
      correlation_id: randomUUID(),
      error_uri: `https://login.example.com/error?code=${number}`,
    }),
  );
}
