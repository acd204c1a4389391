/** Refusals in Okta's words. Error codes are public and stable; summaries are what an administrator reads. */
import { type Answer, jsonAnswer, Refusal } from '../http/exchange.ts';

const CODES = {
  validation: { status: 400, code: 'E0000001', summary: 'Api validation failed' },
  notFound: { status: 404, code: 'E0000007', summary: 'Not found: Resource not found' },
  badToken: { status: 401, code: 'E0000011', summary: 'Invalid token provided' },
  denied: {
    status: 403,
    code: 'E0000006',
    summary: 'You do not have permission to perform the requested action',
  },
  badFilter: { status: 400, code: 'E0000031', summary: 'Invalid search criteria.' },
  method: {
    status: 405,
    code: 'E0000022',
    summary: 'The endpoint does not support the provided HTTP method',
  },
  tooMany: {
    status: 429,
    code: 'E0000047',
    summary: 'API call exceeded rate limit due to too many requests.',
  },
} as const;

function answer(status: number, code: string, summary: string, cause: string | null): Answer {
  return jsonAnswer(status, {
    errorCode: code,
    errorSummary: summary,
    errorLink: code,
    errorId: 'oaeSandbox',
    errorCauses: cause === null ? [] : [{ errorSummary: cause }],
  });
}

/** @param cause what exactly is wrong, as Okta lists it under `errorCauses` */
export function oktaRefusal(
  what: keyof typeof CODES,
  cause: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  const { status, code, summary } = CODES[what];
  const refused = answer(status, code, cause === null ? summary : `${summary}: ${cause}`, cause);
  return new Refusal({ ...refused, headers: { ...refused.headers, ...headers } });
}

/** Any other status, for scripted faults. */
export function oktaFailure(status: number, detail: string): Answer {
  if (status === 429) return oktaRefusal('tooMany').answer;
  return answer(status, 'E0000009', 'Internal Server Error', detail);
}
