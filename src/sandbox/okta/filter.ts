/**
 * The expressions of `filter` and `search`: comparisons joined by `and`, `or` and brackets. What an attribute
 * may be compared with differs between the two, and the values of a `filter` are case-sensitive.
 */
import { oktaRefusal } from './errors.ts';

export type Row = Readonly<Record<string, string>>;
export type Test = (row: Row) => boolean;

/** Attribute → operators it takes. */
export type Grammar = Readonly<Record<string, readonly string[]>>;

const TIMES = ['eq', 'gt', 'ge', 'lt', 'le'];
const PLAIN = ['eq'];
const SEARCHED = ['eq', 'sw', 'co', 'gt', 'ge', 'lt', 'le'];
const PROFILE = ['profile.login', 'profile.email', 'profile.firstName', 'profile.lastName'];

function grammar(plain: readonly string[], operators: readonly string[], times: readonly string[]): Grammar {
  return Object.fromEntries([
    ...plain.map((name) => [name, operators]),
    ...times.map((name) => [name, TIMES]),
  ]);
}

export const USER_FILTER = grammar(['id', 'status', ...PROFILE], PLAIN, ['lastUpdated']);
export const USER_SEARCH = grammar(['id', 'status', ...PROFILE], SEARCHED, ['created', 'lastUpdated']);
export const GROUP_FILTER = grammar(['id', 'type'], PLAIN, ['lastUpdated', 'lastMembershipUpdated']);
export const GROUP_SEARCH = grammar(['id', 'type', 'profile.name'], SEARCHED, [
  'created',
  'lastUpdated',
  'lastMembershipUpdated',
]);

export const EVENT_FILTER = grammar(['eventType'], ['eq', 'sw', 'co'], []);

const TOKEN = /\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([A-Za-z][\w.]*))/y;

interface Token {
  readonly kind: 'open' | 'close' | 'value' | 'word';
  readonly text: string;
}

/** @throws Refusal 400 naming what cannot be read */
export function compileFilter(text: string, allowed: Grammar, caseSensitive: boolean): Test {
  const reader = new Reader(tokens(text), allowed, caseSensitive);
  const test = reader.either();
  reader.end();
  return test;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw oktaRefusal('badFilter', `cannot read ${text.slice(at)}`);
    const [, open, close, value, word] = match;
    if (open !== undefined) found.push({ kind: 'open', text: open });
    else if (close !== undefined) found.push({ kind: 'close', text: close });
    else if (value !== undefined) found.push({ kind: 'value', text: value.replaceAll(/\\(.)/g, '$1') });
    else found.push({ kind: 'word', text: word as string });
  }
  return found;
}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #allowed: Grammar;
  readonly #caseSensitive: boolean;
  #next = 0;

  constructor(found: readonly Token[], allowed: Grammar, caseSensitive: boolean) {
    this.#tokens = found;
    this.#allowed = allowed;
    this.#caseSensitive = caseSensitive;
  }

  either(): Test {
    const tests = [this.#all()];
    while (this.#word('or')) tests.push(this.#all());
    return (row) => tests.some((test) => test(row));
  }

  end(): void {
    const left = this.#tokens[this.#next];
    if (left !== undefined) throw oktaRefusal('badFilter', `unexpected ${left.text}`);
  }

  #all(): Test {
    const tests = [this.#one()];
    while (this.#word('and')) tests.push(this.#one());
    return (row) => tests.every((test) => test(row));
  }

  #one(): Test {
    if (this.#tokens[this.#next]?.kind === 'open') {
      this.#next += 1;
      const test = this.either();
      this.#take('close');
      return test;
    }
    const attribute = this.#take('word');
    const operator = this.#take('word').toLowerCase();
    const value = this.#take('value');
    if (this.#allowed[attribute]?.includes(operator) !== true) {
      throw oktaRefusal('badFilter', `${attribute} ${operator} is not supported here`);
    }
    const fold = this.#caseSensitive ? (text: string) => text : (text: string) => text.toLowerCase();
    return (row) => compare(fold(row[attribute] ?? ''), operator, fold(value));
  }

  #word(word: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #take(kind: Token['kind']): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind)
      throw oktaRefusal('badFilter', `expected a ${kind} at ${token?.text ?? 'the end'}`);
    this.#next += 1;
    return token.text;
  }
}

function compare(left: string, operator: string, right: string): boolean {
  if (operator === 'eq') return left === right;
  if (operator === 'sw') return left.startsWith(right);
  if (operator === 'co') return left.includes(right);
  if (operator === 'gt') return left > right;
  if (operator === 'ge') return left >= right;
  return operator === 'lt' ? left < right : left <= right;
}
