/** What the schema of the directory cannot tell: exactly one source in each place, and sources that are told apart. */

import { isMap, type KeyPath } from './key-path.ts';
import type { Problem } from './problem.ts';
import type { ConfigValues } from './schema.ts';

const KINDS = ['okta', 'entra', 'scim', 'scimPush', 'file'] as const;
/** Keys beside the source itself. */
const OTHERS = new Set(['authority', 'fullEvery', 'name', 'domains']);

/**
 * @param raw as the file says it
 * @param valid with the schema's defaults; absent when the schema refuses it
 */
export function directoryProblems(raw: unknown, valid: ConfigValues['directory'] | undefined): Problem[] {
  if (!isMap(raw)) return [];
  const inList = Array.isArray(raw.sources) ? raw.sources : [];
  return [
    ...oneSource(raw, ['directory'], [...KINDS, 'sources']),
    ...inList.flatMap((source, index) => oneSource(source, ['directory', 'sources', index], KINDS)),
    ...namesTwice(valid?.sources ?? []),
    ...domainsTwice(valid?.sources ?? []),
    ...addressTwice(valid?.sources ?? []),
  ];
}

function oneSource(source: unknown, path: KeyPath, kinds: readonly string[]): Problem[] {
  if (!isMap(source)) return [];
  const [first, second] = kinds.filter((kind) => source[kind] !== undefined);
  if (second !== undefined) {
    const message = `is a second source beside ${first}: give exactly one of ${kinds.join(', ')}`;
    return [{ path: [...path, second], message }];
  }
  // A misspelt source is an unknown key, which is a problem of its own.
  const misspelt = Object.keys(source).some((key) => !OTHERS.has(key));
  if (first !== undefined || misspelt) return [];
  return [{ path, message: `must have exactly one of ${kinds.join(', ')}` }];
}

type Sources = NonNullable<ConfigValues['directory']['sources']>;

function namesTwice(sources: Sources): Problem[] {
  return sources.flatMap(({ name }, index) => {
    const first = sources.findIndex((other) => other.name === name);
    const path = ['directory', 'sources', index, 'name'];
    return first === index ? [] : [{ path, message: `"${name}" is also the name of sources[${first}]` }];
  });
}

/** Two sources at one address would take each other's people for their own. */
function addressTwice(sources: Sources): Problem[] {
  return sources.flatMap(({ scimPush }, index) => {
    if (scimPush === undefined) return [];
    const first = sources.findIndex((other) => other.scimPush?.name === scimPush.name);
    const path = ['directory', 'sources', index, 'scimPush', 'name'];
    return first === index
      ? []
      : [{ path, message: `"${scimPush.name}" is also pushed to by sources[${first}]` }];
  });
}

function domainsTwice(sources: Sources): Problem[] {
  const decides = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, { domains }] of sources.entries()) {
    for (const [at, domain] of domains.entries()) {
      const first = decides.get(domain);
      const path = ['directory', 'sources', index, 'domains', at];
      if (first === undefined) decides.set(domain, index);
      else problems.push({ path, message: `sources[${first}] decides about "${domain}" already` });
    }
  }
  return problems;
}
