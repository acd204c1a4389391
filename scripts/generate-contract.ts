/**
 * Generates the TypeScript types of the Devin API from the vendored contract. The generator needs an older
 * compiler than this project has, so both are fetched for the one run and are no dependency.
 *
 *   node scripts/generate-contract.ts
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/devin/contract');
const contract = join(folder, 'devin-api.yaml');
const scratch = mkdtempSync(join(tmpdir(), 'devin-contract-'));

try {
  const generated = join(scratch, 'types.ts');
  const packages = ['-p', 'openapi-typescript@7.13.0', '-p', 'typescript@5.9.3'];
  const command = ['--yes', ...packages, 'openapi-typescript', contract, '-o', generated];
  execFileSync('npx', command, { stdio: 'inherit', cwd: scratch });
  const header = [
    '// Generated from devin-api.yaml by scripts/generate-contract.ts; do not edit.',
    `// sha256: ${hash('sha256', readFileSync(contract))}`,
    '',
  ].join('\n');
  writeFileSync(join(folder, 'types.ts'), header + readFileSync(generated, 'utf8'));
} finally {
  rmSync(scratch, { recursive: true });
}
