import type { Config } from '../../src/config/config.ts';
import { type ParseOptions, parseConfigText } from '../../src/config/load.ts';
import { ConfigError } from '../../src/lib/errors.ts';

export const FILES: Readonly<Record<string, string>> = {
  '/run/secrets/okta-token': 'okta-token-value\n',
  '/run/secrets/devin-key': '  cog_devin-key-value\n',
  '/etc/sync/secrets/devin-key': 'cog_relative',
  '/run/secrets/empty': ' \n',
};

export const FILE = '/etc/sync/config.yaml';

export function parse(text: string, options: Partial<ParseOptions> = {}): Config {
  return parseConfigText(text, { file: FILE, env: {}, readFile, ...options });
}

export function readFile(path: string): string {
  const content = FILES[path];
  if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  return content;
}

/** A valid configuration; `rest` adds or, by the same first word of a line, replaces top-level lines. */
export function yaml(rest = ''): string {
  const parts = new Map([
    ['directory', 'directory: { okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token } }'],
    ['devin', 'devin: { keyFile: /run/secrets/devin-key }'],
    ['rules', 'rules: [{ group: devin-users, role: Member }]'],
  ]);
  for (const block of rest.split(/\n(?=\S)/).filter((each) => each !== '')) {
    parts.set(/^"?[\w-]+/.exec(block)?.[0] ?? '', block);
  }
  return [...parts.values()].join('\n');
}

export function problems(text: string, options: Partial<ParseOptions> = {}): readonly string[] {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
