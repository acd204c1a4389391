/** The source of people and groups, or several, as the rest of the program takes them. */
import { resolve } from 'node:path';
import type { DirectoryConfig, SourceConfig } from './config.ts';
import type { ConfigValues } from './schema.ts';

type Values = ConfigValues['directory'];

export function directoryOf(values: Values): DirectoryConfig {
  const { sources, authority } = values;
  if (sources === undefined) return sourceOf(values);
  const named = sources.map((source) => ({
    name: source.name,
    domains: source.domains,
    ...sourceOf(source),
  }));
  return { kind: 'several', sources: named, authority };
}

function sourceOf(values: Pick<Values, 'okta' | 'entra' | 'scim' | 'scimPush' | 'file'>): SourceConfig {
  if (values.okta !== undefined) return { kind: 'okta', options: values.okta };
  if (values.entra !== undefined) return { kind: 'entra', options: values.entra };
  if (values.scim !== undefined) return { kind: 'scim', options: values.scim };
  if (values.scimPush !== undefined) return { kind: 'scim-push', options: values.scimPush };
  if (values.file !== undefined) return { kind: 'file', options: values.file };
  throw new Error('a configuration without a directory passed its checks');
}

/** Relative paths start at the folder of the configuration. */
export function withAbsolutePaths(directory: DirectoryConfig, home: string): DirectoryConfig {
  if (directory.kind !== 'several') return absolute(directory, home);
  return { ...directory, sources: directory.sources.map((source) => absolute(source, home)) };
}

function absolute<Source extends SourceConfig>(source: Source, home: string): Source {
  if (source.kind === 'file')
    return { ...source, options: { ...source.options, path: resolve(home, source.options.path) } };
  if (source.kind === 'scim-push')
    return { ...source, options: { ...source.options, tokenFile: resolve(home, source.options.tokenFile) } };
  return source;
}
