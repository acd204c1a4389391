/** How each package manager installs without asking, and without leaving a system service behind. */

export type PackageManager = 'apt-get' | 'dnf' | 'apk' | 'pacman' | 'zypper' | 'brew';

/**
 * Debian starts and enables the service of a package that it installs. We want the program only: policy-rc.d
 * (a hook that Debian asks before it starts anything) says no for the time of the installation, and a unit that
 * this installation enabled is disabled again. Empty package lists are filled first, as in slim images.
 */
const APT_SCRIPT = `
set -e
policy=/usr/sbin/policy-rc.d
if [ -d /usr/sbin ] && [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || apt-get update -q
if ! apt-get install -y -q -o DPkg::Lock::Timeout=300 "$@"; then
  apt-get update -q
  apt-get install -y -q -o DPkg::Lock::Timeout=300 "$@"
fi
if [ -d /run/systemd/system ]; then
  for package in "$@"; do systemctl disable --now "$package.service" >/dev/null 2>&1 || true; done
fi
`;

const ARGUMENTS: Readonly<Record<Exclude<PackageManager, 'apt-get'>, readonly string[]>> = {
  dnf: ['install', '-y', '-q'],
  apk: ['add', '--no-cache', '-q'],
  pacman: ['-S', '--noconfirm', '--needed'],
  zypper: ['--non-interactive', 'install'],
  brew: ['install'],
};

/** `argv` is what we run, `line` what a person would type for the same. brew refuses to run as root. */
export function installCommand(
  manager: PackageManager,
  packages: readonly string[],
  root: boolean,
): { argv: [string, ...string[]]; line: string } {
  const sudo = root || manager === 'brew' ? [] : ['sudo', '-n'];
  const argv =
    manager === 'apt-get'
      ? [...sudo, 'sh', '-c', APT_SCRIPT, 'install', ...packages]
      : [...sudo, manager, ...ARGUMENTS[manager], ...packages];
  const verb = manager === 'apt-get' ? ['install', '-y'] : ARGUMENTS[manager];
  const line = [...sudo.slice(0, 1), manager, ...verb, ...packages].join(' ');
  return { argv: argv as [string, ...string[]], line };
}
