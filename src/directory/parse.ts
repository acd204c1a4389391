/** Checks that a page is what its vendor documents: an array of objects with ids. */
import * as z from 'zod';
import { oddAnswer, type Place, plain } from './read-error.ts';

/** @throws SourceReadError naming the entry and the field. */
export function parseItems<Schema extends z.ZodType>(
  items: unknown,
  schema: Schema,
  place: Place,
): z.output<Schema>[] {
  if (!Array.isArray(items)) throw oddAnswer(place, `the page is ${kindOf(items)} instead of a list`);
  // A page at a time costs half of what its entries one by one do.
  const parsed = z.array(schema).safeParse(items);
  if (parsed.success) return parsed.data;
  const index = Number(parsed.error.issues[0]?.path[0] ?? 0);
  const issues = parsed.error.issues.filter(({ path }) => path[0] === index);
  throw undocumented(place, `entry ${index + 1}`, items[index], issues, 1);
}

export function parseOne<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  place: Place,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw undocumented(place, 'the answer', value, parsed.error.issues, 0);
}

function undocumented(
  place: Place,
  which: string,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  depth: number,
) {
  const { id } = (value ?? {}) as { id?: unknown };
  const name = typeof id === 'string' ? `${which} (id ${plain(id)})` : which;
  const words = issues.slice(0, 3).map(({ path, message }) => {
    const field = path.slice(depth).map(String).join('.');
    return field === '' ? message : `${field}: ${message}`;
  });
  return oddAnswer(place, `${name} is not as documented (${words.join('; ')})`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
