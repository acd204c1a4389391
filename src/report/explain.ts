/** Why one person has, lacks or loses each access, as a document. */
import type { PersonRecord } from '../core/model/directory.ts';
import type { Explanation, GroupPath, HeldRole, PlaceAccess, RuleTrial } from '../core/model/explanation.ts';
import type { Document, Line, Section, Tone } from './document.ts';
import { writeLine } from './history.ts';
import { changeLine, items, noticeLine, residualLine } from './lines.ts';
import { capital, count, list, plural, time } from './text.ts';
import { NOTICES, OUTCOMES, OWNERSHIPS, STATUSES, VERDICTS } from './words.ts';

export function explanationDocument(explanation: Explanation): Document {
  const { email, places, rules, groups, changes, residual, notices, writes, configFile } = explanation;
  const pending = (change: (typeof changes)[number]) =>
    changeLine(change, { withCause: true, withStatus: true });
  return {
    title: `Access of ${email}`,
    verdict: explanationVerdict(explanation),
    facts: factsOf(explanation),
    brief: false,
    sections: [
      section('pending', 'Pending changes', 'caution', changes, pending),
      section('residual', 'Access that stays through a group', 'alarm', residual, residualLine),
      section('places', 'Access by place', 'quiet', places, placeLine),
      section('rules', 'Rules that were tried', 'quiet', rules, (rule) => ruleLine(rule, configFile)),
      section('writes', 'Last writes and decisions', 'quiet', writes, writeLine),
      section('groups', 'Groups of the person', 'quiet', groups, groupLine),
      section('notices', 'Worth knowing', 'quiet', notices, (notice) => ({
        ...noticeLine(notice),
        action: NOTICES[notice.kind],
      })),
    ].filter(({ blocks }) => blocks.length > 0),
  };
}

function section<T>(
  id: string,
  title: string,
  tone: Tone,
  things: readonly T[],
  toLine: (thing: T) => Line,
): Section {
  const blocks = things.length === 0 ? [] : [items(null, null, things, toLine)];
  return { id, title, tone, count: things.length, note: null, folded: false, blocks };
}

export function explanationVerdict({
  email,
  person,
  users,
  changes,
  residual,
}: Explanation): Document['verdict'] {
  if (person === null && users.length === 0) {
    const sentence = `Neither the directory nor Devin has anybody with the address ${email}.`;
    return { word: 'Unknown', tone: 'caution', sentence };
  }
  if (changes.length > 0) {
    const byState = Map.groupBy(changes, ({ verdict }) => VERDICTS[verdict.state].toLowerCase());
    const states = [...byState].map(([state, some]) => `${count(some.length)} ${state}`);
    const sentence = `${plural(changes.length, 'change')} for ${email}: ${list(states)}.`;
    return { word: 'Changes', tone: 'caution', sentence };
  }
  if (residual.length > 0) {
    const sentence = `${email} keeps access through a group that no call of this daemon can end.`;
    return { word: 'Access stays', tone: 'alarm', sentence };
  }
  return { word: 'No change', tone: 'calm', sentence: `The access of ${email} stays as it is.` };
}

function factsOf({ person, users, tenants, createdAt }: Explanation): Document['facts'] {
  const record = person === null ? 'nobody with this address' : `${person.name || person.id} (${person.id})`;
  return [
    { label: 'Directory', value: tenants.directory },
    { label: 'Person', value: record },
    ...(person === null ? [] : [{ label: 'Status', value: statusOf(person) }]),
    { label: 'Devin', value: tenants.devin },
    {
      label: 'Users',
      value: users.length === 0 ? 'none with this address' : list(users.map(({ id }) => id)),
    },
    { label: 'Read', value: time(createdAt) },
  ];
}

function statusOf({ status, abstains }: PersonRecord): string {
  return abstains === true ? `${STATUSES[status]} as far as is known; pushed as inactive` : STATUSES[status];
}

function placeLine({ org, wanted, held }: PlaceAccess): Line {
  const roles = held.map(({ role }) => role);
  const holds = held.length === 0 ? 'holds nothing' : `holds ${list(roles)}`;
  const same = wanted !== null && held.length > 0 && roles.every((role) => role === wanted.role);
  const action = wanted === null ? capital(holds) : `Wants ${wanted.role}, ${same ? 'holds it' : holds}`;
  const why = wanted === null ? 'no rule gives a role here' : wantedWords(wanted);
  return line(org?.name ?? 'The enterprise', action, [why, ...held.map(heldWords)].join('; '));
}

function wantedWords({ rule, granted }: NonNullable<PlaceAccess['wanted']>): string {
  return granted === true ? rule : `wanted by rule "${rule}"`;
}

function heldWords({ role, group, ownership }: HeldRole): string {
  return group === null
    ? `${role} held directly, ${OWNERSHIPS[ownership]}`
    : `${role} held through group ${group}`;
}

const WAYS = {
  direct: 'direct',
  group: 'via the group',
  scim: 'via the group, whose members are written through SCIM',
} as const;

function ruleLine(
  { rule, line: at, via, org, role, priority, outcome, why }: RuleTrial,
  file: string | null,
): Line {
  const name = file?.split('/').at(-1);
  const where = at === null ? '' : name === undefined ? `, line ${at}` : `, ${name}:${at}`;
  const gives = `${role} in ${org ?? 'the enterprise'}, ${WAYS[via]}`;
  const rank = priority === 0 ? '' : `, priority ${priority}`;
  return { ...line(`${rule}${where}`, `${gives}${rank}`, why), status: OUTCOMES[outcome] };
}

function groupLine({ path, groupId }: GroupPath): Line {
  const through = path.length > 1 ? `member through ${path.join(' > ')}` : 'direct member';
  return line(path[0] ?? groupId, '', `${through}, ${groupId}`);
}

function line(subject: string, action: string, reason: string): Line {
  return { key: null, effect: null, subject, action, reason, status: null, privileged: false };
}
