import type { Settings } from '../core/model/settings.ts';
import type { ProxySettings } from '../lib/proxy.ts';
import type {
  DevinOptions,
  EntraOptions,
  FileOptions,
  HooksOptions,
  NotifyOptions,
  OidcOptions,
  OktaOptions,
  RedisOptions,
  ScimOptions,
  ScimPushOptions,
} from './rooms.ts';
import type { ConfigValues } from './schema.ts';
import type { SecretFile } from './secrets.ts';

export type SourceConfig =
  | { readonly kind: 'okta'; readonly options: OktaOptions }
  | { readonly kind: 'entra'; readonly options: EntraOptions }
  | { readonly kind: 'scim'; readonly options: ScimOptions }
  | { readonly kind: 'scim-push'; readonly options: ScimPushOptions }
  | { readonly kind: 'file'; readonly options: FileOptions };

export type NamedSource = SourceConfig & { readonly name: string; readonly domains: readonly string[] };

/** `authority`: who decides about a person in several sources whose mail domain no source names. */
export type DirectoryConfig =
  | SourceConfig
  | {
      readonly kind: 'several';
      readonly sources: readonly NamedSource[];
      readonly authority: 'order' | 'none';
    };

/** The whole configuration: validated, with secrets in place, frozen. */
export interface Config {
  /** Absolute path of the YAML file. */
  readonly file: string;
  /** Line of each rule in that file. */
  readonly ruleLines: readonly number[];
  /** What decides: passed to the core as it is. */
  readonly settings: Settings;
  /** Absolute path of a file with more grants and denies. */
  readonly grantsFile: string | null;
  readonly directory: DirectoryConfig;
  /** Everything is read again once a full reading is this old. */
  readonly fullEveryMs: number;
  readonly devin: DevinOptions;
  readonly redis: RedisOptions;
  /** Absolute path. */
  readonly stateDir: string;
  readonly journal: {
    /** Absolute path. */
    readonly folder: string;
    readonly maxBytes: number;
  };
  readonly schedule: {
    readonly intervalMs: number;
    /** Share of the interval, from 0 to 1. */
    readonly jitter: number;
  };
  /** The share that is ours is taken already. */
  readonly limits: {
    readonly devin: { readonly maxPerSecond: number };
    /** What is in hand gets so long to end. */
    readonly shutdownMs: number;
  };
  readonly server: {
    readonly host: string;
    /** 0: any free port. */
    readonly port: number;
    /** Has the role approver. */
    readonly token: string | null;
    readonly tokens: readonly {
      readonly name: string;
      readonly role: 'viewer' | 'operator' | 'approver';
      /** Absolute path. */
      readonly file: string;
    }[];
    readonly publicUrl: string | null;
    /** Login of people to the pages. */
    readonly oidc: OidcOptions | null;
    readonly hooks: HooksOptions;
  };
  readonly notify: NotifyOptions;
  /** Of the surroundings, for every client of this process. */
  readonly proxy: ProxySettings;
  readonly log: { readonly level: ConfigValues['log']['level'] };
  /**
   * SHA-256 (hex) of settings, source and Devin URL; the same for any order of keys, any secret and any tuning of
   * timeouts. A plan and an approval bind to it.
   */
  readonly configHash: string;
  /** SHA-256 (hex) of what is read and from where: a stored reading under another one is of no use. */
  readonly sourceHash: string;
  /** Secrets that came from files, to be read again when they are rotated. */
  readonly secretFiles: readonly SecretFile[];
  /** Every secret value, for the log to suppress. */
  readonly secrets: readonly string[];
}
