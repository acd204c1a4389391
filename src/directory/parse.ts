/** Checks that a page is what its vendor documents: an array of objects with ids. */
import type * as z from 'zod';
import { oddAnswer, type Place, plain } from './read-error.ts';

/** @throws SourceReadError naming the entry and the field. */
export function parseItems<Schema extends z.ZodType>(
  items: unknown,
  schema: Schema,
  place: Place,
): z.output<Schema>[] {
  if (!Array.isArray(items)) throw oddAnswer(place, `the page is ${kindOf(items)} instead of a list`);
  return items.map((item, index) => parseOne(item, schema, place, `entry ${index + 1}`));
}

export function parseOne<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  place: Place,
  which = 'the answer',
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { id } = (value ?? {}) as { id?: unknown };
  const name = typeof id === 'string' ? `${which} (id ${plain(id)})` : which;
  const issues = parsed.error.issues.slice(0, 3).map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw oddAnswer(place, `${name} is not as documented (${issues.join('; ')})`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
