/** Plays each fault on a stage of its own, over days, and counts who would have lost access. */
import type { Gameday, GamedayOptions, RehearsedFault } from '../../actions/gameday.ts';
import type { Change, Plan } from '../../core/model/change.ts';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { Settings } from '../../core/model/settings.ts';
import { effectOf } from '../../core/policy.ts';
import { SourceReadError } from '../../lib/errors.ts';
import { plural } from '../../report/text.ts';
import { guardName } from '../../report/words.ts';
import { FAULTS, type Fault } from './faults.ts';
import { readShape, scaled, shapeOf } from './shape.ts';
import { openStage, play, type Stage } from './stage.ts';

const HOUR_MS = 3_600_000;

/** @param snapshot the last reading of the tenant, for its sizes. */
export function gameday(
  settings: Settings,
  snapshot: DirectorySnapshot | null,
  { people, shape: file }: GamedayOptions,
  signal: AbortSignal,
): Gameday {
  const known = file === undefined ? shapeOf(snapshot, settings) : readShape(file, settings);
  const shape = scaled(known, people);
  const unread = snapshot === null ? 'No reading is stored, so the sizes are made up' : null;
  const from =
    file === undefined ? (unread ?? 'Sizes are those of the last reading') : `Sizes are those of ${file}`;
  const less = shape.people < known.people ? `, scaled down from ${known.people} people` : '';
  return {
    stage: [
      `${from}${less}: ${plural(shape.people, 'person', 'people')}, ${plural(shape.groups.length, 'group')}, ${plural(shape.rules.length, 'rule')}. No name of a person is used.`,
      'The policy is rehearsed as "full", so that only proofs and guards keep anything back.',
    ],
    faults: (async function* () {
      for (const fault of FAULTS) {
        signal.throwIfAborted();
        yield await rehearse(fault, await openStage(shape, settings), signal);
      }
    })(),
  };
}

async function rehearse(fault: Fault, stage: Stage, signal: AbortSignal): Promise<RehearsedFault> {
  try {
    const withAccess = stage.devin.state.users.size;
    const naive = fault.naive?.(stage) ?? 0;
    fault.happen(stage);
    const seen = await overDays(stage, signal);
    const { plans, failed } = seen;
    if (failed !== null) {
      const without = Math.round(withAccess * (fault.unread ?? 0));
      return {
        fault: fault.title,
        happened: 'the read failed and the run ended: nothing was decided',
        without,
        lost: 0,
      };
    }
    const taking = plans.map(({ changes }) => changes.filter((change) => effectOf(change) === 'revoke'));
    return {
      fault: fault.title,
      happened: whatHappened(taking.flat()),
      without: Math.max(naive, ...taking.map(peopleOf)),
      lost: peopleOf(taking.flat().filter(({ verdict }) => verdict.state === 'ready')),
    };
  } finally {
    await stage.close();
  }
}

/** At once, when absences can be proven, and when their tombstones are over. */
async function overDays(
  stage: Stage,
  signal: AbortSignal,
): Promise<{ plans: Plan[]; failed: SourceReadError | null }> {
  const { absenceMs, tombstoneMs } = stage.settings.patience;
  const start = stage.now;
  const plans: Plan[] = [];
  for (const later of [0, absenceMs + HOUR_MS, absenceMs + tombstoneMs + 2 * HOUR_MS]) {
    stage.now = start + later;
    try {
      plans.push((await play(stage, signal)).decision.plan);
    } catch (error) {
      if (!(error instanceof SourceReadError)) throw error;
      return { plans, failed: error };
    }
  }
  return { plans, failed: null };
}

/** People, each once; a change of a group weighs those whom it reaches. */
function peopleOf(changes: readonly Change[]): number {
  const people = new Set<string>();
  const groups = new Map<string, number>();
  for (const { subject, people: reached } of changes) {
    if (subject.type === 'person') people.add(subject.label);
    else groups.set(subject.label, Math.max(reached, groups.get(subject.label) ?? 0));
  }
  return people.size + [...groups.values()].reduce((sum, reached) => sum + reached, 0);
}

function whatHappened(taking: readonly Change[]): string {
  if (taking.length === 0) return 'nothing was to be taken';
  const guards = new Set(taking.flatMap(({ verdict }) => (verdict.state === 'held' ? verdict.by : [])));
  const waits = taking.some(({ verdict }) => verdict.state === 'waiting');
  const ready = taking.some(({ verdict }) => verdict.state === 'ready');
  return [
    ...(guards.size === 0 ? [] : [`held for approval: ${[...guards].map(guardName).join(', ')}`]),
    ...(waits ? ['some waited for a proof'] : []),
    ...(ready ? ['some would have been written'] : []),
  ].join('; ');
}
