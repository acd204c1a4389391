/** Reads one company with our connector and with a peer's reader, in turns, and prints times and calls. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cpuSeconds } from './cpu.ts';
import { startFakes } from './fakes.ts';
import type { PeersRun } from './peers-run.ts';
import { SIZES } from './shape.ts';
import { entraSource, reading } from './sources.ts';

/** What is used of the peer, as its package types it. */
interface Peer {
  readonly MicrosoftGraphClient: new (baseUrl: string, credential: object) => object;
  readonly readMicrosoftGraphOrg: (client: object, tenantId: string, options: object) => Promise<PeerOrg>;
}

interface PeerOrg {
  readonly users: readonly { readonly spec: { readonly memberOf: readonly string[] } }[];
}

const [home, runs] = process.argv.slice(2) as [string, string];
const fakes = await startFakes({ ...SIZES['10k'], orgs: 10, devinPerSecond: null, devinFull: false });
const { replayUrl, tenantId, clientId, clientSecret } = fakes.graph;
const peer = createRequire(join(home, 'package.json'))(
  '@backstage/plugin-catalog-backend-module-msgraph',
) as Peer;

async function signIn(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  });
  const answer = await fetch(`${replayUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const token = await signIn();
const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = Object.assign(new peer.MicrosoftGraphClient(`${replayUrl}/v1.0`, credential), {
  // What the tenant is called is no part of what is compared.
  getOrganization: async () => ({ id: tenantId, displayName: 'bench' }),
});
const silent = () => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger };
const theirs = () =>
  peer.readMicrosoftGraphOrg(client, tenantId, {
    // The fields that we ask for as well: the peer's own choice is longer.
    userSelect: ['id', 'displayName', 'mail', 'userPrincipalName', 'accountEnabled'],
    groupSelect: ['id', 'displayName'],
    loadUserPhotos: false,
    logger,
  });
const source = entraSource(fakes, replayUrl);
const ours = () => source.read({ kind: 'all' }, reading());

async function callsOf(work: () => Promise<unknown>): Promise<number> {
  await fakes.asked('graph');
  await work();
  return (await fakes.asked('graph')).length;
}

const [snapshot, org] = [await ours(), await theirs()];
const memberships = org.users.reduce((sum, { spec }) => sum + spec.memberOf.length, 0);
// Ours are sets of pairs; theirs count a membership that arrives twice once as well.
if (org.users.length !== snapshot.personCount || memberships !== snapshot.edgeCount)
  throw new Error(
    `not the same company: ${org.users.length} people and ${memberships} memberships, against ${snapshot.personCount} and ${snapshot.edgeCount}`,
  );
const run: PeersRun = {
  ...{ ours: [] as number[], peer: [] as number[] },
  ...{ ourCalls: await callsOf(ours), peerCalls: await callsOf(theirs) },
  ...{ people: snapshot.personCount, memberships },
};
for (let turn = 0; turn < Number(runs); turn++) {
  for (const [times, work] of [
    [run.ours, ours],
    [run.peer, theirs],
  ] as const) {
    const taken = cpuSeconds();
    await work();
    (times as number[]).push(taken());
  }
}
fakes.close();
console.log(JSON.stringify(run));
process.exit();
