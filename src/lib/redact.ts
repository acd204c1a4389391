/** Takes secrets out of text that leaves the process: log lines, and error messages that quote an answer. */

const CENSOR = '[redacted]';

/** Keys whose value is secret wherever it stands. Not `key`: plans, items and jobs have keys that must be read. */
const NAMES = String.raw`(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|private_?key|\w*(?:token|secret|password|assertion)`;

/** A string of JSON. */
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

interface Pattern {
  readonly find: RegExp;
  readonly put: string;
}

/** Each keeps a JSON line valid: none crosses an unescaped quote. */
const PATTERNS: readonly Pattern[] = [
  {
    find: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)(?:\\.|[^"\\]))*(?:-----END [A-Z ]*PRIVATE KEY-----)?/gs,
    put: CENSOR,
  },
  {
    find: new RegExp(String.raw`"(${NAMES})":(?:${STRING}|\[(?:${STRING},?)*\])`, 'gi'),
    put: `"$1":"${CENSOR}"`,
  },
  // The same inside a string that holds JSON, such as a quoted answer.
  { find: new RegExp(String.raw`(\\+"(?:${NAMES}|d)\\+"\s*:\s*\\+")[^"\\]*`, 'gi'), put: `$1${CENSOR}` },
  { find: new RegExp(String.raw`\b(${NAMES})=[^&\s"\\]+`, 'gi'), put: `$1=${CENSOR}` },
  { find: /\b(Bearer|SSWS|DPoP|Basic)(\s+)(?=\S*\d|\S{20})[\w.~+/=-]{6,}/gi, put: `$1$2${CENSOR}` },
  { find: /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g, put: CENSOR },
  // Keys of Devin's API: service users (cog_) and the older personal ones (apk_).
  { find: /\b(cog|apk)_[\w-]{8,}/g, put: `$1_${CENSOR}` },
  { find: /(\b[a-z][a-z+]*:\/\/[^\s:/@"\\]*):[^\s@/"\\]+@/gi, put: `$1:${CENSOR}@` },
];

/** Shorter values are words of the language as well; taking them out would only blur the log. */
const SHORTEST_SECRET = 6;

/** @param secrets values known to be secret; they are found in plain and in JSON-escaped form. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    clean = clean.replaceAll(secret, CENSOR).replaceAll(JSON.stringify(secret).slice(1, -1), CENSOR);
  }
  for (const { find, put } of PATTERNS) clean = clean.replace(find, put);
  return clean;
}
