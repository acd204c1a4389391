/** The parts of the schema that other rooms own. */
import { z } from 'zod';

export { type DevinOptions, devinOptions } from '../devin/options.ts';
export { type OktaOptions, oktaOptions } from '../directory/okta/options.ts';
export { type RedisOptions, redisOptions } from '../state/options.ts';
export const entraOptions = z.strictObject({
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
});
export const fileOptions = z.strictObject({ path: z.string() });
export type EntraOptions = z.output<typeof entraOptions>;
export type FileOptions = z.output<typeof fileOptions>;
