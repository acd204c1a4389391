/**
 * Runs the last stage of the Dockerfile as it is written, package manager and all, without a container engine: in a
 * copy-on-write view of this machine, which is gone afterwards. Needs Linux, root and mount namespaces, and says so
 * where it has them not. Not part of `npm test`, because it asks the package servers of Debian.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStages, readDockerfile } from './image.ts';
import { ROOT } from './paths.ts';

/** Mounts a view of the machine, runs the step in it, puts the program there, and looks at the result. */
const REHEARSAL = `set -eu
mount -t tmpfs tmpfs "$PLACE"
mkdir "$PLACE/upper" "$PLACE/work" "$PLACE/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$PLACE/upper,workdir=$PLACE/work" "$PLACE/root"
root="$PLACE/root"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
# What the official image of Node brings, as far as the step is about it.
mkdir -p "$root/usr/local/lib/node_modules/npm" "$root/opt/yarn-v0"
for name in npm npx corepack yarn yarnpkg; do rm -f "$root/usr/local/bin/$name"; : > "$root/usr/local/bin/$name"; done
cp "$NODE" "$root/usr/local/bin/node"
cp "$STEP" "$root/step.sh"
env -i PATH="$IMAGE_PATH" chroot "$root" /bin/sh /step.sh >&2
mkdir -p "$root/app"
cp -a "$APP/." "$root/app/"
as_user() { env -i PATH="$IMAGE_PATH" HOME=/var/lib/devin-idp-sync chroot --userspec=65532:65532 --groups= "$root" "$@"; }
echo "home $(stat -c '%a %u %g' "$root/var/lib/devin-idp-sync")"
echo "user $(env -i PATH="$IMAGE_PATH" chroot "$root" id -un 65532)"
echo "version $(as_user devin-idp-sync --version)"
echo "redis $(as_user redis-server --version | cut -d= -f1)"
code=0
said=$(as_user devin-idp-sync --no-install plan --config /etc/devin-idp-sync/config.yaml 2>&1) || code=$?
echo "plan $code $said" | head -n 1
for path in /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /opt/yarn-v0; do
  if [ -e "$root$path" ]; then echo "left $path"; fi
done
if as_user sh -c ': > /app/written' 2>/dev/null; then echo "left a program that its user can write"; fi
`;

const IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function expected(): readonly string[] {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return [
    'home 700 65532 65532',
    'user devin-idp-sync',
    `version ${version}`,
    'redis Redis server v',
    'plan 1 /etc/devin-idp-sync/config.yaml',
  ];
}

/** null: this machine can do it. */
function obstacle(): string | null {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'it needs root';
  const view = spawnSync('unshare', ['--mount', 'true']);
  return view.status === 0 ? null : 'this machine gives no mount namespaces';
}

/** Every file of the program with its digest. */
function digests(root: string): string {
  const command = 'find . -type f -print0 | sort -z | xargs -0 sha256sum';
  return execFileSync('/bin/sh', ['-c', command], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'image-rehearsal-'));
  try {
    const rootOf = await buildStages(join(folder, 'stages'));
    const again = await buildStages(join(folder, 'again'));
    const same = digests(rootOf('final')) === digests(again('final'));
    console.log(`Built twice, the files of the program are ${same ? 'the same' : 'NOT the same'}.`);
    const reason = obstacle();
    if (reason !== null) console.log(`The last stage of the Dockerfile is not rehearsed here: ${reason}.`);
    const good = reason !== null || rehearse(folder, join(rootOf('final'), 'app'));
    if (!good || !same) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function rehearse(folder: string, app: string): boolean {
  const step = readDockerfile()
    .stages.at(-1)
    ?.steps.find(({ keyword }) => keyword === 'RUN');
  if (step === undefined) throw new Error('the last stage has no RUN');
  const file = join(folder, 'step.sh');
  writeFileSync(file, step.text);
  const { status, stdout } = spawnSync('unshare', ['--mount', '/bin/sh', '-c', REHEARSAL], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 240_000,
    env: {
      PATH: IMAGE_PATH,
      IMAGE_PATH,
      PLACE: mkdtempSync(join(folder, 'view-')),
      STEP: file,
      APP: app,
      NODE: process.execPath,
    },
  });
  return judge(status, stdout.trimEnd().split('\n'));
}

function judge(status: number | null, lines: readonly string[]): boolean {
  const missing = expected().filter((wanted) => !lines.some((line) => line.startsWith(wanted)));
  const left = lines.filter((line) => line.startsWith('left '));
  for (const line of lines) console.log(line);
  for (const line of missing) console.error(`missing: ${line}`);
  const good = status === 0 && missing.length === 0 && left.length === 0;
  console.log(good ? 'The last stage of the Dockerfile runs as written.' : `It failed (${status}).`);
  return good;
}

await main();
