/** The connectors and the target as the daemon makes them, pointed at the fakes. */
import { devinOptions } from '../src/devin/options.ts';
import { makeRestTarget } from '../src/devin/rest-target.ts';
import type { DevinTarget } from '../src/devin/target.ts';
import { type EntraOptions, entraOptions } from '../src/directory/entra/options.ts';
import { createEntraSource } from '../src/directory/entra/source.ts';
import { type OktaOptions, oktaOptions } from '../src/directory/okta/options.ts';
import { createOktaSource } from '../src/directory/okta/source.ts';
import type { DirectorySource } from '../src/directory/source.ts';
import { type Pace, unpaced } from '../src/lib/pace.ts';
import type { ReadContext } from '../src/lib/reading.ts';
import type { FakesReady } from './fakes.ts';

/** The share of the rate limit is not what is measured here. */
export function oktaSettings({ okta }: FakesReady, url: string): OktaOptions {
  return oktaOptions.parse({ url, token: okta.token, rateShare: 1 });
}

export function oktaSource(fakes: FakesReady, url = fakes.okta.url): DirectorySource {
  return createOktaSource(oktaSettings(fakes, url));
}

export function entraSettings({ graph }: FakesReady, url: string): EntraOptions {
  const { tenantId, clientId, clientSecret, authorityUrl = url } = graph;
  return entraOptions.parse({ graphUrl: url, authorityUrl, tenantId, clientId, clientSecret });
}

export function entraSource(fakes: FakesReady, url = fakes.graph.url): DirectorySource {
  return createEntraSource(entraSettings(fakes, url));
}

export function devinTarget({ devin }: Pick<FakesReady, 'devin'>, pace: Pace = unpaced): DevinTarget {
  return makeRestTarget(devinOptions.parse({ url: devin.url, key: devin.key }), { pace });
}

export function reading(): ReadContext {
  return { signal: AbortSignal.timeout(300_000), onProgress: () => {} };
}
