/** The YAML text with the place of every key, so that each problem can name its line. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import type { KeyPath } from './key-path.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the text itself, before any value is looked at. */
export interface TextProblem {
  readonly place: Place;
  readonly message: string;
}

/** A parsed file. `value` is made of plain maps, lists and scalars; it is null when `problems` is not empty. */
export interface SourceText {
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  /** Where a key stands, or the nearest thing around it that exists. */
  placeOf(path: KeyPath): Place;
  /** The scalar as it is written, or undefined where there is none. */
  written(path: KeyPath): string | undefined;
}

export function readSource(text: string): SourceText {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true });
  const list = Array.isArray(documents) ? (documents as Document.Parsed[]) : [];
  const document = list[0];
  const problems = textProblems(list, text, counter);
  if (list.length > 1) {
    const second = list[1]?.range[0] ?? 0;
    problems.push({
      place: placeAt(counter, second),
      message: 'a second document begins here; the file must hold one',
    });
  }
  const found = (path: KeyPath) => (document === undefined ? { offset: 0 } : findNode(document, path));
  return {
    value: problems.length > 0 || document === undefined ? null : plainValue(document, problems, counter),
    problems,
    placeOf: (path) => placeAt(counter, found(path).offset),
    written: (path) => {
      const { node } = found(path);
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

/** A broken structure makes everything after it look broken too: of such errors only the first says something. */
function textProblems(list: readonly Document.Parsed[], text: string, counter: LineCounter): TextProblem[] {
  const errors = list.flatMap((each) => [...each.errors, ...each.warnings]);
  const broken = errors.find((error) => error.code !== 'DUPLICATE_KEY' && error.name === 'YAMLParseError');
  return (broken === undefined ? errors : [broken]).map(({ pos, message }) => {
    const place = placeAt(counter, pos[0]);
    const reference = text.split('\n')[place.line - 1]?.includes('${') === true;
    const hint = reference ? ` (within { } or [ ], put "\${NAME}" in quotes)` : '';
    // What the parser says of a nest that is deeper than it can walk.
    const words = message.replace('Maximum call stack size exceeded', 'it is nested too deep');
    return { place, message: `not YAML: ${words}${hint}` };
  });
}

/** Expanding aliases can still fail, e.g. when a file multiplies them to exhaust memory. */
function plainValue(document: Document.Parsed, problems: TextProblem[], counter: LineCounter): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    problems.push({ place: placeAt(counter, 0), message: (error as Error).message });
    return null;
  }
}

function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Found {
  readonly offset: number;
  /** Absent when the path ends before it. */
  readonly node?: Node | null;
}

function findNode(document: Document.Parsed, path: KeyPath): Found {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const next = childOf(node, part);
    if (next === undefined) return { offset };
    offset = next.offset;
    node = next.node;
  }
  return { offset, node };
}

function childOf(
  node: Node | null,
  part: string | number,
): { offset: number; node: Node | null } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(part)] as Node | undefined;
    return item === undefined ? undefined : { offset: item.range?.[0] ?? 0, node: item };
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    const key = pair.key;
    if (!isScalar(key) || String(key.value) !== String(part)) continue;
    return { offset: key.range?.[0] ?? 0, node: (pair.value as Node | null) ?? null };
  }
  return undefined;
}
