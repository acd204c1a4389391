/** `${NAME}` and `${NAME:-default}` from the environment, in any string; `$${` stands for a plain `${`. */
import type { KeyPath } from './key-path.ts';
import type { Problem } from './problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly value: unknown;
  /** Strings that changed: what they hold may be secret and is not shown. */
  readonly places: readonly KeyPath[];
  readonly problems: readonly Problem[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;
const NAME = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

export function substitute(root: unknown, env: Environment): Substituted {
  const places: KeyPath[] = [];
  const problems: Problem[] = [];
  const visit = (value: unknown, path: KeyPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      for (const [key] of entries) {
        if (key.includes('${'))
          problems.push({ path: [...path, key], message: 'is a key: only values are filled in' });
      }
      return Object.fromEntries(entries.map(([key, item]) => [key, visit(item, [...path, key])]));
    }
    if (typeof value !== 'string' || !value.includes('${')) return value;
    places.push(path);
    return fill(value, env, (message) => problems.push({ path, message }));
  };
  return { value: visit(root, []), places, problems };
}

function fill(text: string, env: Environment, report: (message: string) => void): string {
  return text.replace(REFERENCE, (whole, inside: string | undefined) => {
    if (inside === undefined) return '${';
    const [, name, fallback] = (whole.endsWith('}') && NAME.exec(inside)) || [];
    if (name === undefined) {
      report(`"${whole}" is neither \${NAME} nor \${NAME:-default}; write $\${ for a plain \${`);
      return whole;
    }
    const value = env[name] || fallback;
    if (value !== undefined) return value;
    report(
      `needs the environment variable ${name}, which is ${env[name] === undefined ? 'not set' : 'empty'}`,
    );
    return whole;
  });
}
