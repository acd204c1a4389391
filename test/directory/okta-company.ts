/** A company and its fake Okta on one clock that tests move, and random days in the life of such a company. */
import * as fc from 'fast-check';
import { onTestFinished } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { type OktaOptions, oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { CompanyDirectory, fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeOkta, type FakeOktaOptions, startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { context, QUICK } from './setup.ts';

export const MINUTE = 60_000;

export interface LivingOkta {
  readonly company: CompanyDirectory;
  readonly okta: FakeOkta;
  readonly source: DirectorySource;
  /** Moves the clock of the company, of Okta and of the reader. */
  pass(ms: number): void;
}

type More = Partial<Omit<OktaOptions, 'token' | 'privateKey' | 'url'>>;

/** @param fake may be made from the company, whose people and groups only exist here. */
export async function livingOkta(
  people: number,
  options: More = {},
  fake: (company: CompanyDirectory) => Partial<FakeOktaOptions> = () => ({}),
): Promise<LivingOkta & { close(): Promise<void> }> {
  let clock = Date.UTC(2026, 10, 22, 8);
  const now = () => clock;
  const company = new CompanyDirectory(fictionalCompany({ seed: 7, people }), { now });
  const okta = await startFakeOkta({ company, now, rateLimitPerMinute: 1_000_000, ...fake(company) });
  const parsed = oktaOptions.parse({ url: okta.url, token: okta.token, ...QUICK, ...options });
  return {
    ...{ company, okta, source: createOktaSource(parsed, now) },
    pass: (ms) => {
      clock += ms;
    },
    close: () => okta.close(),
  };
}

/** The same, closed when the test ends. */
export async function testOkta(...args: Parameters<typeof livingOkta>): Promise<LivingOkta> {
  const living = await livingOkta(...args);
  onTestFinished(() => living.close());
  return living;
}

/** What the reader asked since the log was emptied, without the host. */
export function asked({ okta }: LivingOkta): string[] {
  return okta.requests.map(({ path }) => path.replace(/\?.*/, ''));
}

export async function update(living: LivingOkta, previous: DirectorySnapshot): Promise<DirectorySnapshot> {
  living.okta.requests.length = 0;
  const { source } = living;
  if (source.update === undefined) throw new Error('Okta can be read incrementally');
  return source.update(previous, context());
}

/** One thing that happens; `pick` and `other` choose whom it happens to. */
export interface Happening {
  readonly kind: (typeof KINDS)[number];
  readonly pick: number;
  readonly other: number;
  /** Passes first. */
  readonly ms: number;
}

const KINDS = [
  'hire',
  'deactivate',
  'suspend',
  'restore',
  'rename-group',
  'join',
  'leave',
  'leave-all',
  'delete-person',
  'delete-person',
  'delete-group',
  'create-group',
  'change-email',
] as const;

export const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(...KINDS),
  pick: fc.nat(10_000),
  other: fc.nat(10_000),
  ms: fc.constantFrom(0, 1, 900, 30_000, 7 * MINUTE, 45 * MINUTE),
});

/** What cannot happen to this company, such as leaving an empty group, does not. */
export function happen({ company, pass }: LivingOkta, event: Happening, serial: number): void {
  pass(event.ms);
  const at = <T>(list: readonly T[], index: number) => list[index % Math.max(1, list.length)];
  const group = at([...company.company.groups.values()], event.other);
  if (event.kind === 'hire') {
    const names = { firstName: 'New', lastName: `Person ${serial}`, email: `new${serial}@corp.example` };
    const status = at(['active', 'staged'] as const, event.other) ?? 'active';
    const groups = group === undefined || event.pick % 2 === 0 ? [] : [group.id];
    company.hire({ ...names, status, groups });
    return;
  }
  if (event.kind === 'create-group') return void company.createGroup(`team-${serial}`);
  if (group !== undefined) {
    const member = at([...group.members], event.pick);
    if (event.kind === 'rename-group') company.renameGroup(group.id, `renamed-${serial}`);
    if (event.kind === 'delete-group') company.deleteGroup(group.id);
    if (event.kind === 'leave' && member !== undefined) company.leave(group.id, member);
  }
  happenToPerson(company, event, group?.id, serial);
}

function happenToPerson(
  company: CompanyDirectory,
  { kind, pick }: Happening,
  group: string | undefined,
  serial: number,
): void {
  const ids = [...company.company.people.keys()];
  const id = ids[pick % Math.max(1, ids.length)];
  // A directory without people or groups is never told from a failed read, so some are always left.
  if (id === undefined || (kind === 'delete-person' && ids.length < 5)) return;
  if (kind === 'deactivate') company.deactivate(id);
  if (kind === 'suspend') company.suspend(id);
  if (kind === 'restore') company.restore(id);
  if (kind === 'change-email') company.changeEmail(id, `changed${serial}@corp.example`);
  if (kind === 'delete-person') company.deletePerson(id);
  if (kind === 'leave-all')
    for (const { id: each, members } of company.company.groups.values())
      if (members.has(id)) company.leave(each, id);
  if (kind === 'join' && group !== undefined) company.join(group, id);
}
