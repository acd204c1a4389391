/** Is this Redis fit to hold queues and state? Asked before anything else, so that nothing hangs on a dead server. */
import type { Redis } from 'ioredis';
import { ConfigError } from '../lib/errors.ts';
import type { Finding } from '../lib/reading.ts';
import { type ConnectOptions, describeRedis, openOnce } from './connect.ts';

/** GETDEL, XADD MINID and LPOP count, which BullMQ or our scripts use, came with 6.2. */
const OLDEST: readonly [number, number] = [6, 2];

/** Some states of a Cluster, such as nodes that do not know their own address, end in no event at all. */
const LOOK_MS = 10_000;

/**
 * Connects once, within seconds.
 * @throws ConfigError when the server cannot be reached, refuses us, is too old or may evict keys.
 */
export async function preflight(options: ConnectOptions): Promise<readonly Finding[]> {
  const findings = await inspectRedis(options);
  const problems = findings.filter((finding) => finding.level === 'fail').map(({ detail }) => detail);
  if (problems.length > 0) throw new ConfigError(problems);
  return findings;
}

/** The same for `doctor`: never throws. */
export async function inspectRedis(options: ConnectOptions): Promise<readonly Finding[]> {
  const where = describeRedis(options);
  const { client, lastError } = openOnce(options);
  try {
    return judge(
      where,
      await within(
        LOOK_MS,
        client.connect().then(() => info(client)),
      ),
    );
  } catch (error) {
    const cause = lastError() ?? (error instanceof Error ? error.message : String(error));
    return [{ level: 'fail', what: 'Redis', detail: `Redis at ${where} ${advice(cause)} (${cause})` }];
  } finally {
    client.disconnect();
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function info(client: Redis): Promise<ReadonlyMap<string, string>> {
  const text = await client.info();
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}

/** Managed servers forbid CONFIG GET; INFO says what matters and is allowed everywhere. */
function judge(where: string, values: ReadonlyMap<string, string>): readonly Finding[] {
  return [
    version(where, values),
    ...replica(where, values),
    eviction(where, values),
    persistence(where, values),
    ...room(where, values),
  ];
}

function version(where: string, values: ReadonlyMap<string, string>): Finding {
  const given = values.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = given.split('.').map(Number);
  const fit = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (fit) return { level: 'ok', what: 'Redis version', detail: `Redis at ${where} is version ${given}` };
  const detail = `Redis at ${where} is version ${given}; ${OLDEST.join('.')} or newer is needed`;
  return { level: 'fail', what: 'Redis version', detail };
}

/** The commands of a Cluster go to masters whatever node is asked. */
function replica(where: string, values: ReadonlyMap<string, string>): readonly Finding[] {
  if (values.get('role') !== 'slave' || values.get('cluster_enabled') === '1') return [];
  const master = `${values.get('master_host')}:${values.get('master_port')}`;
  const detail = `Redis at ${where} is a replica of ${master} and takes no writes; name the master, or an address that leads to it`;
  return [{ level: 'fail', what: 'Redis role', detail }];
}

function eviction(where: string, values: ReadonlyMap<string, string>): Finding {
  const policy = values.get('maxmemory_policy') ?? 'unknown';
  if (policy === 'noeviction')
    return { level: 'ok', what: 'Redis eviction', detail: `Redis at ${where} never evicts keys` };
  const detail =
    `Redis at ${where} may throw keys away when memory is short (maxmemory-policy ${policy}), jobs and journal included; ` +
    'set maxmemory-policy to noeviction';
  return { level: 'fail', what: 'Redis eviction', detail };
}

function persistence(where: string, values: ReadonlyMap<string, string>): Finding {
  if (values.get('aof_enabled') === '1')
    return { level: 'ok', what: 'Redis persistence', detail: `Redis at ${where} writes an append-only file` };
  const detail =
    `Redis at ${where} has no append-only file: a crash loses what the daemon remembers, which costs a full read ` +
    'and blinds removals until it is rebuilt; set appendonly to yes, or make sure that a replica takes over';
  return { level: 'warn', what: 'Redis persistence', detail };
}

const MB = 1024 * 1024;
const NEARLY_FULL = 0.75;

/** A server that is full takes no note of a write, so none is sent. Nothing is said where it names no limit. */
function room(where: string, values: ReadonlyMap<string, string>): readonly Finding[] {
  const [used, limit] = ['used_memory', 'maxmemory'].map((name) => Number(values.get(name) ?? 0)) as [
    number,
    number,
  ];
  if (limit === 0) return [];
  const share = `${Math.round((100 * used) / limit)} % of ${Math.round(limit / MB)} MB`;
  const detail = `Redis at ${where} uses ${share}`;
  if (used < NEARLY_FULL * limit) return [{ level: 'ok', what: 'Redis memory', detail }];
  const what = 'once it is full nothing is written until it has more; each write takes 2 KB for 30 days';
  return [{ level: 'warn', what: 'Redis memory', detail: `${detail}: ${what}; raise maxmemory` }];
}

function advice(cause: string): string {
  if (/NOAUTH|WRONGPASS|NOPERM|AUTH/i.test(cause))
    return 'refuses our credentials: check redis.username and redis.password';
  if (/ECONNREFUSED|ENOENT/.test(cause)) return 'does not answer: nothing listens there';
  if (/ENOTFOUND|EAI_AGAIN/.test(cause)) return 'cannot be found: the host name does not resolve';
  if (/ETIMEDOUT|timed out/i.test(cause))
    return 'does not answer in time: check the address and the firewall';
  if (/certificate|SSL|TLS/i.test(cause)) return 'offers a TLS connection that we cannot trust or speak';
  return 'cannot be used';
}
