/** Places in the configuration, as Zod and YAML name them. */

export type KeyPath = readonly (string | number)[];

/** `rules[0].org`; a key with other than plain characters is quoted. */
export function pathText(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `["${part}"]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** What stands there, or undefined. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Replaces a value below plain maps and lists that exist. */
export function setAt(root: unknown, path: KeyPath, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1));
  (parent as Record<string | number, unknown>)[path.at(-1) as string | number] = value;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
