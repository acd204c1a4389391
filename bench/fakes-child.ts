/** Serves until its parent is gone. */
import { CompanyDirectory } from '../src/sandbox/company.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { companyOf } from './company.ts';
import type { FakesAsk, FakesOptions, FakesReady, Seen } from './fakes.ts';
import { startReplay } from './replay.ts';
import { shapeOf } from './shape.ts';
import { emailOf, personId } from './tenant.ts';

const options = JSON.parse(process.argv[2] as string) as FakesOptions;
const shape = shapeOf(options, 0);
const company = new CompanyDirectory(companyOf(shape));
const orgs = Array.from({ length: options.orgs }, (_, org) => `Org ${org}`);
const { devinPerSecond } = options;
const sandbox = await startSandbox({
  company,
  okta: { rateLimitPerMinute: 10_000_000 },
  devin: { orgs, ...(devinPerSecond === null ? {} : { rate: { perSecond: devinPerSecond } }) },
});
if (options.devinFull) {
  for (let person = 0; person < shape.people; person++)
    sandbox.devin.state.addUser({ email: emailOf(person) });
  for (let group = 0; group < shape.groups; group++) sandbox.devin.state.registerGroup(`team-${group}`);
}
const { okta, graph, devin } = sandbox;
const replays = { okta: await startReplay(okta.url), graph: await startReplay(graph.url) };

function takeSeen(): Seen {
  const seen = {
    okta: okta.requests.length,
    // Signing in is once an hour, whatever is read.
    graph: graph.requests.filter(({ path }) => !/oauth2|openid/.test(path)).length,
    devin: devin.requests.length,
    devinTimes: devin.requests.map(({ at }) => at),
    devin429: devin.requests.filter(({ status }) => status === 429).length,
  };
  for (const log of [okta.requests, graph.requests, devin.requests]) log.length = 0;
  return seen;
}

/** People who joined so far: the next ones are others, whoever of the two IdPs reads them. */
let joined = 0;

/** Each joins one of the smallest groups, so that as few groups as possible change. */
function change(people: number): number {
  const small = [...company.company.groups.values()].reverse().slice(0, 20);
  const changed = new Set<string>();
  for (const last = joined + people; joined < last; joined++) {
    const id = personId((joined * 7919) % shape.people);
    const group = small[joined % small.length];
    if (group === undefined || group.members.has(id)) continue;
    company.join(group.id, id);
    changed.add(group.id);
  }
  return changed.size;
}

process.on('message', (message: FakesAsk) => {
  if (message.ask === 'seen') process.send?.(takeSeen());
  else if (message.ask === 'change') process.send?.(change(message.people));
  else if (message.ask === 'asked') process.send?.(replays[message.of].takeAsked());
  else process.send?.(company.deactivate(personId(message.person)).id);
});
process.on('disconnect', () => process.exit());
const ready: FakesReady = {
  okta: { url: okta.url, replayUrl: replays.okta.url, token: okta.token },
  graph: {
    url: graph.url,
    replayUrl: replays.graph.url,
    tenantId: graph.tenantId,
    clientId: graph.clientId,
    clientSecret: graph.clientSecret,
  },
  devin: { url: devin.url, key: devin.key },
};
process.send?.(ready);
