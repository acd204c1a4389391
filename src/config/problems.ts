/** Zod's issues in words: what stands there, what is allowed, and what was probably meant. */
import type { z } from 'zod';
import { configJsonSchema, keysAt } from './json-schema.ts';
import { type KeyPath, pathText, valueAt } from './key-path.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { fileKey, isSecret } from './secrets.ts';

type Issue = z.core.$ZodIssue;

interface Words {
  readonly root: unknown;
  /** The value at a path as a reader may see it. */
  readonly show: (path: KeyPath) => string;
}

export function problemsOf(issues: readonly Issue[], root: unknown, show: Words['show']): Problem[] {
  return issues.flatMap((issue) => describe(issue, [], { root, show }));
}

function describe(issue: Issue, base: KeyPath, words: Words): Problem[] {
  const path = [...base, ...(issue.path as KeyPath)];
  const problem = (message: string): Problem[] => [{ path, message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, path) }));
    case 'invalid_type':
      return problem(
        isDefault(issue) ? wrongType(issue.expected, path, words) : withValue(issue.message, path, words),
      );
    case 'invalid_value':
      return problem(wrongValue(issue.values, path, words));
    case 'too_small':
      return problem(
        isDefault(issue)
          ? `${words.show(path)} is not allowed; ${least(issue)}`
          : withValue(issue.message, path, words),
      );
    case 'too_big':
      return problem(
        isDefault(issue)
          ? `${words.show(path)} is not allowed; ${most(issue)}`
          : withValue(issue.message, path, words),
      );
    case 'invalid_format':
      return problem(
        isDefault(issue)
          ? `${words.show(path)} is not allowed; ${format(issue)}`
          : withValue(issue.message, path, words),
      );
    case 'invalid_union':
      return union(issue, path, words);
    case 'invalid_key':
      return problem(`has a key that is not allowed: ${issue.issues.map((each) => each.message).join('; ')}`);
    default:
      return problem(withValue(issue.message, path, words));
  }
}

/** Zod's own sentences begin like this; a schema that says it better sets its own message. */
function isDefault(issue: Issue): boolean {
  return /^(Invalid|Too) /.test(issue.message);
}

function unknownKey(key: string, path: KeyPath): string {
  const known = keysAt(configJsonSchema(), path);
  const meant = nearest(key, known);
  return `not a known key; ${meant === undefined ? `use one of ${known.join(', ')}` : `did you mean ${meant}?`}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

function wrongType(expected: string, path: KeyPath, words: Words): string {
  const value = valueAt(words.root, path);
  const needed = TYPE_WORDS[expected] ?? expected;
  if (value === undefined) {
    return isSecret(path)
      ? `missing; give ${path.at(-1)} or ${fileKey(path).at(-1)}`
      : `missing; it must be ${needed}`;
  }
  if (value === null) return `empty; it must be ${needed}`;
  const quote = expected === 'string' && typeof value !== 'object' ? ': put it in quotes' : '';
  return `${words.show(path)} is not allowed; it must be ${needed}${quote}`;
}

function wrongValue(values: readonly unknown[], path: KeyPath, words: Words): string {
  const value = valueAt(words.root, path);
  const known = values.map(String);
  const allowed = known.length === 1 ? `it must be ${known[0]}` : `use one of ${known.join(', ')}`;
  if (value === undefined) return `missing; ${allowed}`;
  if (value === null) return `empty; ${allowed}`;
  const meant = typeof value === 'string' ? nearest(value, known) : undefined;
  return `${words.show(path)} is not allowed; ${allowed}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

function least(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return `it must have at least ${issue.minimum} characters`;
  if (issue.origin === 'array') return `it must have at least ${issue.minimum} entries`;
  return issue.inclusive === false
    ? `it must be more than ${issue.minimum}`
    : `the smallest allowed is ${issue.minimum}`;
}

function most(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'string') return `it must have at most ${issue.maximum} characters`;
  if (issue.origin === 'array') return `it must have at most ${issue.maximum} entries`;
  return issue.inclusive === false
    ? `it must be less than ${issue.maximum}`
    : `the largest allowed is ${issue.maximum}`;
}

function format(issue: z.core.$ZodIssueInvalidStringFormat): string {
  if (issue.format === 'url') return 'it must be a URL such as https://corp.example';
  return issue.pattern === undefined
    ? `it must be a valid ${issue.format}`
    : `it must match ${issue.pattern}`;
}

/** The alternative that the value comes closest to: one whose problems all lie inside the value. */
function union(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath, words: Words): Problem[] {
  if (!isDefault(issue)) return [{ path, message: withValue(issue.message, path, words) }];
  const inside = issue.errors.find((branch) => branch.every((each) => each.path.length > 0));
  if (inside !== undefined) return inside.flatMap((each) => describe(each as Issue, path, words));
  const parts = issue.errors.flatMap((branch) =>
    branch.slice(0, 1).map((each) => describe(each as Issue, path, words)),
  );
  const messages = parts.flat().map(({ message }) => message);
  const [first = '', ...rest] = messages;
  return [
    {
      path,
      message: [first, ...rest.map((each) => each.replace(/^.* is not allowed; it must be /s, 'or '))].join(
        ', ',
      ),
    },
  ];
}

/** A message of a schema says what must be; the value says what is, where it can be shown on a line. */
function withValue(message: string, path: KeyPath, words: Words): string {
  const value = valueAt(words.root, path);
  const scalar =
    typeof value === 'number' || (typeof value === 'string' && !message.includes(JSON.stringify(value)));
  return scalar && !isSecret(path) ? `${message} (here: ${words.show(path)})` : message;
}

/** `file:line:column: key: message`; terminals and editors make the place clickable. */
export function problemLine(file: string, place: { line: number; column: number }, problem: Problem): string {
  const key = pathText(problem.path);
  return `${file}:${place.line}:${place.column}: ${key === '' ? '' : `${key}: `}${problem.message}`;
}
