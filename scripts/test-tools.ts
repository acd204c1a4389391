import type { BinaryNeed } from '../src/lib/provision.ts';
import { REDIS_SERVER } from '../src/state/embedded-redis.ts';

type Tool = Pick<BinaryNeed, 'names' | 'packages' | 'purpose'>;

/** Programs of the machine that the tests use for real. */
export const TEST_TOOLS: readonly Tool[] = [
  { ...REDIS_SERVER, purpose: 'test state and queues against a real Redis' },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: { 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'], pacman: ['chromium'] },
    purpose: 'look at the HTML report as a reader does',
  },
];
