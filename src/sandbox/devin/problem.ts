/** Refusals as RFC 9457 problem documents, the form that current v3 answers with. */
import { type Answer, jsonAnswer } from '../http/exchange.ts';

export interface FieldError {
  loc: (string | number)[];
  msg: string;
  type: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    more: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

/** The older API has one field, and FastAPI's list where the request itself is wrong. */
export function v2ProblemAnswer({ status, message, errors, headers }: Problem): Answer {
  return jsonAnswer(status, { detail: errors ?? message }, headers);
}

export function problemAnswer(problem: Problem, instance: string | null): Answer {
  const { status, message: detail, errors } = problem;
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, instance };
  return jsonAnswer(
    status,
    errors === undefined ? body : { ...body, errors },
    problem.headers,
    'application/problem+json',
  );
}
