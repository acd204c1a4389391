/** When credentials end, as far as it can be learnt: the certificate says so itself, and Devin knows its key's end. */
import { X509Certificate } from 'node:crypto';
import type { SourceConfig } from '../config/config.ts';
import type { End } from '../notify/occasions.ts';
import type { Generation } from './generation.ts';

const ASK_MS = 30_000;

export async function endsOf({ config, target }: Generation): Promise<readonly End[]> {
  const { directory } = config;
  const sources: readonly SourceConfig[] = directory.kind === 'several' ? directory.sources : [directory];
  const certificates = sources.flatMap(certificateEnd);
  const keyEnd = (await target.keyEnd?.(AbortSignal.timeout(ASK_MS)).catch(() => null)) ?? null;
  return [...certificates, ...(keyEnd === null ? [] : [{ what: 'the Devin key', at: keyEnd }])];
}

function certificateEnd(source: SourceConfig): End[] {
  if (source.kind !== 'entra' || source.options.certificate === undefined) return [];
  const { validTo } = new X509Certificate(source.options.certificate);
  return [
    {
      what: `the certificate of the Entra app registration ${source.options.clientId}`,
      at: Date.parse(validTo),
    },
  ];
}
