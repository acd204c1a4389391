/** What went wrong elsewhere when an IdP answered badly, against the sandbox: the harm must not happen here. */
import { expect, onTestFinished, test } from 'vitest';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type FakeOkta, startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { FaultAction } from '../../src/sandbox/faults.ts';
import { type Live, live } from '../e2e/live.ts';

interface Town {
  readonly okta: FakeOkta;
  readonly devin: FakeDevin;
  readonly here: Live;
  /** Writes that Devin was asked for since the company was in sync. */
  written(): number;
}

/** Sixty people in sync, everything allowed; `0s`: every turn reads everything. */
async function town(fullEvery: string): Promise<Town> {
  const company = fictionalCompany({ seed: 3, people: 60, teams: 3 });
  const okta = await startFakeOkta({ company, pageSize: 20, rateLimitPerMinute: 1_000_000 });
  const orgs = [...company.groups.values()].flatMap(
    ({ name }) => /^devin-(.+)-admins$/.exec(name)?.[1] ?? [],
  );
  const devin = await startFakeDevin({ orgs });
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const here = await live(`directory:
  fullEvery: ${fullEvery}
  okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] }, maxRetries: 1, maxWaitMs: 100, timeoutMs: 2000 }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
  - { pattern: 'devin-(?<org>(?!users$)[a-z]+)', org: '{org}', role: Member }
limits: { devin: { maxPerSecond: 500 } }
`);
  await here.apply('held');
  const before = devin.requests.length;
  const written = () => devin.requests.slice(before).filter(({ method }) => method !== 'GET').length;
  return { okta, devin, here, written };
}

const ALWAYS = Number.POSITIVE_INFINITY;

const BAD: readonly [string, RegExp, FaultAction][] = [
  ['ssosync 268: the list of groups is empty', /\/api\/v1\/groups\?/, { kind: 'replace', body: '[]' }],
  ['ssosync 194: the list of people is empty', /\/api\/v1\/users\?/, { kind: 'replace', body: '[]' }],
  ['backstage 22222: the sync is offline', /./, { kind: 'cut' }],
  ['external-dns 3841: everything is throttled', /./, { kind: 'status', status: 429 }],
  [
    'gitlab 226913: the members of a group cannot be read',
    /\/groups\/[^/]+\/users/,
    { kind: 'status', status: 503 },
  ],
  [
    'teem: one worker finds the list of the others gone',
    /\/api\/v1\/users\?.*after=/,
    { kind: 'status', status: 404 },
  ],
];

const BOTH = BAD.flatMap((row) => [[...row, '0s'] as const, [...row, '24h'] as const]);

test.each(BOTH)(
  '%s: nobody loses anything, and the next reading is as before (%#)',
  async (_, path, action, fullEvery) => {
    const { okta, here, written } = await town(fullEvery);
    okta.faults.add({ path, times: ALWAYS, action });
    for (let turn = 0; turn < 2; turn++) {
      const wrote = await here.apply('held').then(
        ({ plan }) => plan.changes,
        () => [],
      );
      expect(wrote).toEqual([]);
    }
    expect(written()).toBe(0);
    okta.faults.clear();
    expect((await here.plan()).changes).toEqual([]);
  },
);
