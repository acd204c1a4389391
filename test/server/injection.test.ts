/** Names and addresses of the directory are written by people we do not know: what they may hold, everywhere it ends. */
import { hash } from 'node:crypto';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { PlacesView } from '../../src/actions/places.ts';
import type { RunTrigger } from '../../src/core/model/run.ts';
import { createLogger } from '../../src/lib/log.ts';
import { renderPlan } from '../../src/report/render.ts';
import { change, describeRequest, plan } from '../report/sample-plans.ts';
import { DONE, FakeDaemon, journalRow, runRecord, SECRET } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

const MARK = 'pwned-4711';
const ESC = '\u001b';

const CORPUS: readonly string[] = [
  `<script>${MARK}</script>`,
  `"><img src=x onerror=${MARK}>`,
  `' autofocus onfocus='${MARK}`,
  `</title></style></textarea><script>${MARK}</script>`,
  `<!--<script>${MARK}//-->`,
  `javascript:${MARK}`,
  `&lt;script&gt;${MARK}`,
  `<svg/onload=${MARK}>`,
  `]]><script>${MARK}</script>`,
  `{{constructor.constructor('${MARK}')()}}`,
  `a\r\nset-cookie: ${MARK}=1\r\n\r\n<html>`,
  `a\nlevel":"info","msg":"${MARK}`,
  `${ESC}[2J${ESC}[1;1H${MARK}`,
  `${ESC}]8;;https://evil.example/${MARK}${ESC}\\`,
  `\u202e${MARK}\u2066`,
  `\u0000${MARK}\u0008\u007f\u009b`,
  `\u2028${MARK}\u2029`,
  `[${MARK}](https://evil.example)`,
  `| ${MARK} |\n| --- |\n\`\`\``,
  `=HYPERLINK("https://evil.example","${MARK}")`,
  `+${MARK}`,
  `@SUM(${MARK})`,
  `\ud800${MARK}`,
];

/** A plan in which every text from outside is this one. */
function hostile(text: string) {
  return plan({
    changes: [
      change('add-to-org', text, {
        org: { id: 'o', name: text },
        reason: text,
        verdict: { state: 'held', by: ['grants'] },
      }),
      change('remove-user', `${text}@corp.example`, {
        reason: text,
        verdict: { state: 'held', by: ['grants'] },
      }),
    ],
    violations: [{ guard: 'grants', message: text, place: text, count: 1, base: 1, limit: '', items: [] }],
    residual: [{ email: text, devinId: '', group: text, org: text, role: text, lever: text }],
  });
}

function placesOf(text: string, planId: string): PlacesView {
  const changes = { ready: 1, held: 0, waiting: 0, barred: 0 };
  const org = { id: text, name: text };
  const gifts = [{ group: org, rule: text, via: 'direct', org, role: text } as const];
  const limits = { state: 'active', maxSessionAcuLimit: null, maxCycleAcuLimit: 1, repositories: 1 } as const;
  const declared = { ...limits, roleCeiling: text };
  return {
    at: 1,
    planId,
    orgs: [{ ...org, people: 1, changes, foreign: 1, policy: 'full', declared, gifts }],
    groups: [{ ...org, people: 1, changes, gifts }],
  };
}

function served(text: string) {
  const daemon = new FakeDaemon();
  const some = hostile(text);
  daemon.plans.set(some.id, some);
  const trigger: RunTrigger = { kind: 'manual', scope: { group: text }, by: text, at: 1 };
  daemon.runs.set('run-1', runRecord('run-1', { ...DONE, planId: some.id, trigger }));
  daemon.runs.set('run-2', runRecord('run-2', { state: 'failed', error: text, trigger }));
  daemon.journal.push(journalRow(1, { subject: text, actor: text, reason: text, before: text, after: text }));
  daemon.places = placesOf(text, some.id);
  const render = { colour: false, width: 100, requests: describeRequest };
  const { app } = serverOf({ renderPlan: (one, format) => renderPlan(one, format, render) }, daemon);
  return { app, some };
}

async function login(app: ReturnType<typeof served>['app']): Promise<string> {
  const page = await app.inject('/login');
  const cookie = String(page.headers['set-cookie']).split(';', 1)[0] ?? '';
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const answer = await app.inject({
    method: 'POST',
    url: '/login',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: SECRET, _csrf: csrf }).toString(),
  });
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
}

/** Tags without the values of their attributes, which are text whatever they hold. */
function skeleton(html: string): string {
  return html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/"[^"]*"/g, '""'));
}

/** What only the text itself could have brought. */
const RUNS = new RegExp(`<(script|img|svg|html)[^>]*>?${MARK}|<[^>]*\\son\\w+=|<[^>]*${MARK}`, 'i');
const LEADS = /(href|src|action)="\s*(javascript|data:text)/i;
/** What a terminal, a reader or a parser obeys; line breaks and tabs of our own are none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test.each(CORPUS.map((text) => [JSON.stringify(text), text] as const))(
  '%s stays text on pages, in the API and in every download',
  async (_shown, text) => {
    const { app, some } = served(text);
    const cookie = await login(app);
    const search = encodeURIComponent(text.toWellFormed());
    const pages = [
      '/',
      '/runs',
      '/runs/run-1',
      '/runs/run-2',
      '/plans',
      `/plans/${some.id}`,
      `/plans/${some.id}?search=${search}&place=org%3A${search}`,
      `/plans/${some.id}/requests`,
      `/plans/${some.id}/report?format=html`,
      `/login?next=${search}`,
      `/people?email=${search}`,
      `/plans/${some.id}?group=${search}`,
      '/orgs',
      `/orgs?of=${search}`,
      `/groups?search=${search}`,
      `/groups?of=${search}`,
    ];
    for (const url of pages) {
      const { body, headers } = await app.inject({ url, headers: { cookie } });
      expect(skeleton(body), url).not.toMatch(RUNS);
      expect(body, url).not.toMatch(LEADS);
      expect(skeleton(body), url).not.toMatch(CONTROL);
      expect(JSON.stringify(headers), url).not.toContain(`${MARK}=1`);
    }
    const bearer = { authorization: `Bearer ${SECRET}` };
    for (const format of ['terminal', 'markdown']) {
      const { body } = await app.inject({
        url: `/api/v1/plans/${some.id}?format=${format}`,
        headers: bearer,
      });
      expect(body, format).toContain(MARK);
      expect(body, format).not.toMatch(CONTROL);
    }
    const markdown = (await app.inject({ url: `/api/v1/plans/${some.id}?format=markdown`, headers: bearer }))
      .body;
    // In code, which Markdown shows as it is, anything may stand.
    const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/(`+)[^`\n](?:.*?[^`\n])?\1(?!`)/g, '');
    expect(prose).not.toMatch(/<(script|img|svg|html)|(^|[^\\!])\[pwned-4711\]\(https/m);
    for (const url of [
      '/api/v1/journal',
      '/api/v1/runs',
      `/api/v1/plans/${some.id}/changes`,
      `/api/v1/plans/${some.id}`,
    ]) {
      const { body, headers } = await app.inject({ url, headers: bearer });
      // As JSON it may hold anything, and nothing in it can begin a line of its own.
      for (const line of body.trim().split('\n')) if (url.endsWith('journal')) JSON.parse(line);
      expect(String(headers['content-type']), url).toMatch(/^application\/json/);
      expect(headers['x-content-type-options'], url).toBe('nosniff');
    }
  },
);

test('a name that looks like a line of the log is one value of one line', async () => {
  const lines: string[] = [];
  const to = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      done();
    },
  });
  const log = createLogger({ level: 'info', to });
  const daemon = new FakeDaemon();
  const tokens = [{ name: 'ci', role: 'approver' as const, hash: hash('sha256', SECRET) }];
  const { app } = serverOf({ log, tokens: () => tokens }, daemon);
  for (const text of CORPUS) {
    await app.inject({
      method: 'POST',
      url: `/api/v1/resync?${encodeURIComponent(text.toWellFormed())}=1`,
      headers: { authorization: `Bearer ${SECRET}`, 'user-agent': text.replace(/[^\x20-\x7e]/g, ' ') },
      payload: { group: text },
    });
    log.warn({ subject: text, err: new Error(text) }, text);
  }
  expect(lines.length).toBeGreaterThan(CORPUS.length);
  for (const line of lines) {
    expect(Object.keys(JSON.parse(line))).toContain('level');
    expect(line).not.toMatch(CONTROL);
  }
});
