/** Who may import whom, as data, and a checker over any set of files: the real ones, or planted ones. */
import { dirname, join } from 'node:path/posix';

/** Path under src → text. */
export type Sources = ReadonlyMap<string, string>;

interface Law {
  /** The folder under src, or a file directly in it. */
  readonly room: string;
  /** What it may import besides itself: matched against paths under src. Type and dynamic imports count. */
  readonly may: readonly RegExp[];
}

const CORE = /^core\//;
const MODEL = /^core\/model\//;
const LIB = /^lib\//;
/** Rooms that do things meet through these, so that each can be replaced or faked. */
const INTERFACES = [
  /^directory\/source\.ts$/,
  /^devin\/target\.ts$/,
  /^state\/store\.ts$/,
  /^\w+\/([\w-]+-)?interfaces?\.ts$/,
];

export const LAWS: readonly Law[] = [
  { room: 'core', may: [] },
  { room: 'lib', may: [] },
  { room: 'report', may: [CORE, LIB] },
  { room: 'state', may: [CORE, LIB] },
  { room: 'notify', may: [CORE, LIB] },
  { room: 'directory', may: [MODEL, LIB] },
  { room: 'devin', may: [MODEL, LIB] },
  { room: 'config', may: [MODEL, LIB, /^\w+\/([\w-]+\/)?options\.ts$/] },
  { room: 'sandbox', may: [LIB] },
  { room: 'queue', may: [CORE, LIB, /^devin\/target\.ts$/, /^state\/(store|[\w-]*interface)\.ts$/] },
  { room: 'sync', may: [CORE, LIB, /^report\//, ...INTERFACES] },
  { room: 'actions', may: [CORE, LIB, /^sync\//, ...INTERFACES] },
  { room: 'server', may: [CORE, LIB, /^actions\//, /^report\//] },
  { room: 'cli', may: [CORE, LIB, /^actions\//, /^report\//] },
  // The composition root and its helpers construct things, so they know every room.
  { room: 'app.ts', may: [/./] },
  { room: 'compose', may: [/^(?!app\.ts|main\.ts)/] },
  { room: 'main.ts', may: [LIB, /^config\//, /^cli\//, /^app\.ts$/] },
];

/** The core decides from values alone: no clock, chance, output or surroundings. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\b|\bMath\.random\b|\bconsole\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\b|\bfetch\(/g;
const ENVIRONMENT =
  /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*from\s*['"]node:process['"]/;
/** What every start pays for; SDKs are loaded only when they are used. */
const LIGHT = /^(node:.*|zod|yaml)$/;

interface Import {
  readonly target: string;
  /** The words between `import` and `from`. */
  readonly names: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

export function violations(sources: Sources): string[] {
  const imports = new Map([...sources].map(([file, text]) => [file, importsOf(code(text))]));
  return [
    ...[...imports].flatMap(([file, list]) => list.flatMap((each) => judgeImport(file, each, sources))),
    ...[...sources].flatMap(([file, text]) => judgeText(file, code(text))),
    ...cycles(imports),
    ...heavyStart(imports),
  ];
}

/** Without comments: they may name what the code must not do. */
function code(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const [, names = '', target = ''] of text.matchAll(
    /\b(?:import|export)\b([^;'"`()]*?)\bfrom\s*['"]([^'"]+)['"]/g,
  )) {
    found.push({ target, names, kind: /^\s*type\b/.test(names) ? 'type' : 'value' });
  }
  for (const [, target = ''] of text.matchAll(/\bimport\s*['"]([^'"]+)['"]/g))
    found.push({ target, names: '', kind: 'value' });
  for (const [, target = ''] of text.matchAll(/\bimport\s*\(\s*['"`]?([^'"`)]*)/g))
    found.push({ target, names: '', kind: 'dynamic' });
  return found;
}

function judgeImport(file: string, { target, names, kind }: Import, sources: Sources): string[] {
  const found: string[] = [];
  if (kind === 'dynamic' && file !== 'app.ts')
    found.push(`${file}: import() of ${target}; only app.ts loads lazily`);
  if (!target.startsWith('.')) return [...found, ...judgePackage(file, target, names)];
  const path = join(dirname(file), target);
  if (!/\.(ts|js|json)$/.test(path)) return found;
  if (path.startsWith('..')) return [...found, `${file} imports ${target}, which is outside src`];
  if (!sources.has(path)) return [...found, `${file} imports ${path}, which does not exist`];
  const law = LAWS.find(({ room }) => room === roomOf(file));
  if (law === undefined) return [...found, `${file} is in a room that the law does not know`];
  if (roomOf(path) === law.room || law.may.some((pattern) => pattern.test(path))) return found;
  return [...found, `${file} imports ${path}: ${law.room} may not`];
}

function judgePackage(file: string, target: string, names: string): string[] {
  if (roomOf(file) !== 'core') return [];
  if (target === 'zod' && file.startsWith('core/model/')) return [];
  if (
    target === 'node:crypto' &&
    /^\s*\{\s*(createHash|hash)(\s*,\s*(createHash|hash))*\s*\}\s*$/.test(names)
  )
    return [];
  return [`${file} imports ${target}: core is pure`];
}

function judgeText(file: string, text: string): string[] {
  const found: string[] = [];
  if (roomOf(file) === 'core') {
    for (const [word] of text.matchAll(IMPURE)) found.push(`${file} uses ${word}: core is pure`);
  }
  if (roomOf(file) !== 'config' && ENVIRONMENT.test(text))
    found.push(`${file} reads the environment: only config may`);
  return found;
}

function roomOf(file: string): string {
  return file.split('/')[0] as string;
}

type Graph = ReadonlyMap<string, readonly Import[]>;

function neighbours(graph: Graph, file: string, kinds: readonly Import['kind'][]): string[] {
  const list = (graph.get(file) ?? []).filter(
    ({ target, kind }) => target.startsWith('.') && kinds.includes(kind),
  );
  return list.map(({ target }) => join(dirname(file), target)).filter((path) => graph.has(path));
}

/** Each cycle once, from the file where a walk in the order of names closes it. */
function cycles(graph: Graph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), file].join(' → ')}`);
    if (start >= 0 || done.has(file)) return;
    for (const next of neighbours(graph, file, ['value', 'type', 'dynamic'])) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of [...graph.keys()].sort()) walk(file, []);
  return found;
}

/** Packages that reading the configuration would load. */
function heavyStart(graph: Graph): string[] {
  const queue = [...graph.keys()].filter((file) => roomOf(file) === 'config');
  const seen = new Set(queue);
  const found: string[] = [];
  for (const file of queue) {
    for (const { target, kind } of graph.get(file) ?? []) {
      if (kind === 'value' && !target.startsWith('.') && !LIGHT.test(target)) {
        found.push(`${file} loads ${target} at every start, because config reaches it`);
      }
    }
    for (const next of neighbours(graph, file, ['value'])) {
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return found;
}
