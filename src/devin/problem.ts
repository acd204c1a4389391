/** The words inside an error answer: problem+json of today's API, FastAPI's body of the older one, or neither. */
import { z } from 'zod';

const LONGEST = 400;

const FieldError = z.object({
  loc: z.array(z.union([z.string(), z.number()])).nullish(),
  field: z.string().nullish(),
  msg: z.string().nullish(),
  message: z.string().nullish(),
  detail: z.string().nullish(),
});

const Problem = z.object({
  title: z.string().nullish(),
  detail: z.union([z.string(), z.array(FieldError)]).nullish(),
  errors: z.array(FieldError).nullish(),
});

/** One line without control characters, at most 400 characters; says so when the body holds no words. */
export function problemText(body: string): string {
  return oneLine(wordsOf(body));
}

/** Whether the body is a JSON object, as every error of the API is; a proxy's page is not. */
export function isApiAnswer(body: string): boolean {
  return z.record(z.string(), z.unknown()).safeParse(parsed(body)).success;
}

function wordsOf(body: string): string {
  if (body.trim() === '') return 'without an explanation';
  const problem = Problem.safeParse(parsed(body));
  if (!problem.success) return `with a body that is not the API's: ${body.slice(0, LONGEST)}`;
  const { title, detail, errors } = problem.data;
  const fields = [...(Array.isArray(detail) ? detail : []), ...(errors ?? [])].map(fieldText);
  const words = [typeof detail === 'string' ? detail : title, ...fields].filter((text) => text);
  return words.length === 0 ? 'without an explanation' : words.join('; ');
}

function fieldText(field: z.output<typeof FieldError>): string {
  const place = field.loc?.join('.') ?? field.field ?? '';
  const message = field.msg ?? field.message ?? field.detail ?? '';
  return [place, message].filter((text) => text !== '').join(': ');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
