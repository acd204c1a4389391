/** Chooses groups by name before their members are read. */

export interface GroupFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A test of group names: matched by an include pattern and by no exclude pattern. */
export function groupSelector(filter: GroupFilter): (name: string) => boolean {
  const include = filter.include.map(globToRegExp);
  const exclude = filter.exclude.map(globToRegExp);
  return (name) => include.some((glob) => glob.test(name)) && !exclude.some((glob) => glob.test(name));
}

function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'isu');
}
