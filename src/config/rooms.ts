/** The parts of the schema that other rooms own. */
export { type DevinOptions, devinOptions } from '../devin/options.ts';
export { type EntraOptions, entraOptions } from '../directory/entra/options.ts';
export { type FileOptions, fileOptions } from '../directory/file/options.ts';
export { type OktaOptions, oktaOptions } from '../directory/okta/options.ts';
export { type ScimOptions, scimOptions } from '../directory/scim/options.ts';
export { type ScimPushOptions, scimPushOptions } from '../directory/scim-push/options.ts';
export { type NotifyOptions, notifyOptions } from '../notify/options.ts';
export {
  type HooksOptions,
  hooksOption,
  type OidcOptions,
  oidcOption,
  publicUrlOption,
  tokensOption,
} from '../server/options.ts';
export { type RedisOptions, redisOptions } from '../state/options.ts';
