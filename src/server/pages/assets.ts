/** Style and script of the pages, under names that change with their content. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { STYLE } from '../../report/html.ts';
import type { Api } from '../api.ts';

const read = (name: string) => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');

const CSS = `${STYLE}${read('pages.css')}${read('forms.css')}`;
const SCRIPT = read('page.js');

export const CSS_PATH = `/assets/${hash('sha256', CSS).slice(0, 16)}.css`;
export const SCRIPT_PATH = `/assets/${hash('sha256', SCRIPT).slice(0, 16)}.js`;

const YEAR = 'public, max-age=31536000, immutable';

export function addAssets(api: Api): void {
  const assets = [
    { path: CSS_PATH, type: 'text/css; charset=utf-8', body: CSS },
    { path: SCRIPT_PATH, type: 'text/javascript; charset=utf-8', body: SCRIPT },
  ];
  for (const { path, type, body } of assets) {
    api.get(path, { config: { anonymous: true }, logLevel: 'warn' }, async (_request, reply) =>
      reply.headers({ 'cache-control': YEAR }).type(type).send(body),
    );
  }
}
