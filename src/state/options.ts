import { z } from 'zod';

const address = z
  .string()
  .regex(/^[^\s:]+(:\d{1,5})?$/, 'write it as host or host:port')
  .describe('Host or host:port.');

const fields = z.strictObject({
  url: z
    .string()
    .regex(
      /^(rediss?:\/\/|unix:\/\/\/|\/)/,
      'write it as redis://host:6379, rediss://host:6380 (TLS) or unix:///path/to/socket',
    )
    .optional()
    .describe(
      'External Redis or Valkey, 6.2 or newer, with noeviction and AOF: redis://, rediss:// (TLS) or unix://. ' +
        'Without it, the daemon runs a private server in its state folder.',
    ),
  sentinel: z
    .strictObject({
      name: z.string().min(1).describe('Name of the master.'),
      nodes: z.array(address).min(1).describe('Sentinels; port 26379 unless given.'),
      password: z.string().min(1).optional().describe('Password of the sentinels, where they have one.'),
    })
    .optional()
    .describe('Redis behind Sentinel, instead of url.'),
  cluster: z
    .array(address)
    .min(1)
    .optional()
    .describe('Seed nodes of a Redis Cluster, instead of url; port 6379 unless given.'),
  tls: z
    .strictObject({
      ca: z.string().min(1).optional().describe('Certificate of the authority to trust, as PEM.'),
      cert: z.string().min(1).optional().describe('Own certificate as PEM, where the server asks for one.'),
      key: z.string().min(1).optional().describe('Its private key as PEM.'),
      serverName: z
        .string()
        .min(1)
        .optional()
        .describe('Name in the certificate of the server, where it is not the host.'),
    })
    .optional()
    .describe(
      'TLS to Redis, and to Sentinels. With rediss:// and a certificate that Node trusts it is not needed.',
    ),
  username: z.string().min(1).optional().describe('User of the Redis ACL, where it is not in the url.'),
  password: z.string().min(1).optional().describe('Password, where it is not in the url.'),
  prefix: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'use up to 64 letters, digits, dots, dashes and underscores')
    .default('devin-idp-sync')
    .describe('First part of every key; two daemons for two tenant pairs need two prefixes.'),
});

/** Where state and queues live. Nothing given: a private server in the state folder, started and stopped by us. */
export const redisOptions = fields.refine(
  (redis) => [redis.url, redis.sentinel, redis.cluster].filter((way) => way !== undefined).length <= 1,
  { error: 'give only one of url, sentinel and cluster' },
);

export type RedisOptions = z.infer<typeof redisOptions>;

export const stateOptions = z.strictObject({
  redis: redisOptions.prefault({}).describe('Where state and queues live.'),
});

export type StateOptions = z.infer<typeof stateOptions>;
