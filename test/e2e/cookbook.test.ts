/** The cookbook, from top to bottom: its configuration, its directory, its commands in their order. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { commandLines, fences } from '../helpers/markdown.ts';
import { configured, type Ended, run } from './process.ts';

// Eight processes, one after the other; the cores may be busy with other files.
vi.setConfig({ testTimeout: 400_000 });

const PAGE = {
  file: 'docs/cookbook.md',
  text: readFileSync(join(import.meta.dirname, '../../docs/cookbook.md'), 'utf8'),
};
const DAY = 86_400;

test('each job of the API documents is done by its command or its part of the report', async () => {
  const devin = await startFakeDevin();
  onTestFinished(() => devin.close());
  const { state } = devin;
  state.addConnection('GitHub');
  const [config = '', people = ''] = fences(PAGE).flatMap(({ language, body }) =>
    language === 'yaml' ? [body] : [],
  );
  const key = /keyFile: \S+/;
  expect(config).toMatch(key);
  const folder = await configured(config.replace(key, `url: '${devin.url}', key: ${devin.key}`));
  const directory = (text: string) => writeFile(join(folder, 'people.yaml'), text);
  await directory(people);
  const blocks = fences(PAGE).filter(({ language }) => language === 'sh');
  const commands = commandLines({
    ...PAGE,
    text: blocks.map(({ body }) => `\`\`\`sh\n${body}\n\`\`\``).join('\n'),
  });
  expect(commands.map(([name]) => name)).toEqual([
    'doctor',
    'plan',
    'apply',
    'members',
    'explain',
    'plan',
    'plan',
  ]);
  let at = 0;
  const next = (): Promise<Ended> => run(commands[at++] as string[], folder);

  devin.faults.add({ method: 'GET', path: /roles/, action: { kind: 'status', status: 403 } });
  devin.faults.add({ method: 'GET', path: /idp-users/, action: { kind: 'status', status: 429 } });
  const doctor = await next();
  expect(doctor.stdout).toMatch(/service user devin-idp-sync/);
  expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toMatch(/role with the permission ViewAccountMembership/);
  expect(devin.faults.unfired()).toEqual([]);

  const plan = await next();
  const shown = plan.stdout.replaceAll(/\s+/g, ' ');
  for (const part of [
    'Create the organization',
    'Invite to the enterprise as Member',
    'Add to Payments as Member',
    'Allow the repository: corp/payments (GitHub)',
  ])
    expect(shown).toContain(part);
  expect(state.effects).toEqual([]);

  const applied = await next();
  expect(applied.stderr).toContain('the next plan is empty');
  const payments = state.org('Payments');
  expect(payments).toMatchObject({ maxSessionAcuLimit: 50, maxCycleAcuLimit: 2000 });
  expect([...state.permissions.values()].map(({ repo }) => repo)).toEqual(['corp/payments']);

  const members = await next();
  expect(members.stdout).toBe(
    ['ada', 'bob']
      .map((who) => `${who}@corp.example\n  the enterprise: Member\n  Payments: Member\n`)
      .join(''),
  );
  expect((await next()).stdout).toMatch(/ada@corp\.example[\s\S]*Payments/);

  state.setUserRole(state.user('ada@corp.example'), payments.id, null, { person: 'lin@corp.example' });
  const drift = await next();
  expect(drift.code).toBe(3);
  expect(drift.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /removed by lin@corp\.example in the web app on \d{4}-\d\d-\d\d/,
  );

  const now = Math.floor(Date.now() / 1000);
  state.cycles.push({ after: now - 9 * DAY, before: now + 20 * DAY });
  const { id: user } = state.user('bob@corp.example');
  state.sessions.push({ id: 'devin-1', user, createdAt: now - DAY, updatedAt: now - DAY, acus: 12.5 });
  await directory(people.replace('name: Bob Reyes, status: active', 'name: Bob Reyes, status: deactivated'));
  const leaver = await next();
  expect(leaver.stdout).toMatch(
    /What the removals mean[\s\S]*bob@corp\.example\s+\d{4}-\d\d-\d\d\s+1\s+12\.5/,
  );

  devin.rotateKey('cog_another');
  const refused = await run(['plan'], folder);
  expect(refused.code).toBe(1);
  expect(refused.stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /does not accept the key.*make a new key for the service user/,
  );
});
