/** A whole fictional company at once: its Okta, its Entra and its Devin enterprise, all on loopback. */
import { type CompanyDirectory, directoryOf } from './company/directory.ts';
import type { Company } from './company/model.ts';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from './fake-devin.ts';
import { type FakeGraph, type FakeGraphOptions, startFakeGraph } from './fake-graph.ts';
import { type FakeOkta, type FakeOktaOptions, startFakeOkta } from './fake-okta.ts';

export interface SandboxOptions {
  company: Company | CompanyDirectory;
  okta?: Omit<FakeOktaOptions, 'company'>;
  graph?: Omit<FakeGraphOptions, 'company'>;
  devin?: FakeDevinOptions;
}

export interface Sandbox {
  /** The one truth that both IdPs serve. */
  readonly company: CompanyDirectory;
  readonly okta: FakeOkta;
  readonly graph: FakeGraph;
  readonly devin: FakeDevin;
  close(): Promise<void>;
}

/** Starts all three, or none. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const company = directoryOf(options.company);
  const started = await Promise.allSettled([
    startFakeOkta({ ...options.okta, company }),
    startFakeGraph({ ...options.graph, company }),
    startFakeDevin(options.devin),
  ]);
  const [okta, graph, devin] = started;
  const close = async () => {
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  };
  if (okta.status === 'fulfilled' && graph.status === 'fulfilled' && devin.status === 'fulfilled') {
    return { company, okta: okta.value, graph: graph.value, devin: devin.value, close };
  }
  await close();
  throw started.find((one) => one.status === 'rejected')?.reason;
}
