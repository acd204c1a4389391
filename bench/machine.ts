import { availableParallelism, cpus, totalmem } from 'node:os';

/** What this was measured on: times mean nothing without it. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${model}, ${memory} GB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}
