/**
 * Readers of other projects on the same company, in the same run. Their packages are fetched into a directory that
 * is removed again, so that nobody who installs this project gets them: only `--only peers` comes here.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './child.ts';
import type { PeersRun } from './peers-run.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged, median } from './result.ts';

/** Backstage's provider of Entra users and groups. */
const PEER = '@backstage/plugin-catalog-backend-module-msgraph@0.10.6';

export async function peers({ full, note }: Profile): Promise<Judged[]> {
  const home = mkdtempSync(join(tmpdir(), 'bench-peers-'));
  try {
    note(`peers: fetching ${PEER}`);
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags, PEER], { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] });
    note('peers, 10k people');
    const run = await measure<PeersRun>('./peers-child.ts', [home, full ? '15' : '7']);
    const [own, theirs] = [median(run.ours), median(run.peer)];
    const ms = (seconds: number) => `${Math.round(seconds * 1000)} ms`;
    return [
      figure('entra.peer.ratio', own / theirs, '', {
        baseline: 1,
        against: PEER,
        note: `whole readings, ${run.people} people and ${run.memberships} memberships: ${ms(own)} to ${ms(theirs)}`,
      }),
      figure('entra.peer.calls', run.ourCalls, 'calls', {
        baseline: run.peerCalls,
        against: PEER,
        note: 'the same people, groups and direct members',
      }),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
