#!/bin/sh
# deno task install-trial [ROOT]: installs dist/dnsfwd into a Debian system, has cron start it, asks it, installs
# another version over it and takes it away again; then the same with systemd, which runs there. Nothing may be
# left after either. ROOT is a system made by
#
#   debootstrap --variant=minbase --include=cron,systemd-sysv,unbound,bind9-dnsutils bookworm ROOT
#
# which it is by itself if none is named. ROOT is only read: all happens in namespaces of its own (mounts,
# processes, network), as root.

set -eu

PACKAGES=cron,systemd-sysv,unbound,bind9-dnsutils
project=$(cd "$(dirname "$0")/.." && pwd)

fail() { printf 'Failed: %s\n' "$*" >&2 && exit 1; }

# step WHAT COMMAND...
step() {
	printf '\n== %s\n' "$1" && shift
	"$@"
}

# --- Outside ---

outside() {
	[ -x "$project/dist/dnsfwd" ] || fail "dist/dnsfwd is missing: deno task compile"
	made=$(mktemp -d)
	trap 'rm -rf "$made"' EXIT
	base=${1:-}
	[ -n "$base" ] || make_base
	for service in cron systemd; do
		mkdir "$made/$service"
		timeout 300 unshare --mount --pid --net --cgroup --fork --kill-child \
			sh "$0" --in-namespaces "$base" "$service" "$made/$service" || :
		cat "$made/$service/log"
		[ "$(tail -n 1 "$made/$service/log")" = "Nothing is left" ] || fail "the trial with $service"
	done
}

make_base() {
	command -v debootstrap >/dev/null || fail "debootstrap is not installed, and no root was named"
	base=$made/root
	debootstrap --variant=minbase --include="$PACKAGES" bookworm "$base" >"$made/debootstrap" ||
		fail "debootstrap: $(tail -n 1 "$made/debootstrap")"
}

# in_namespaces BASE SERVICE FOLDER: the root, with a layer above it that is gone with the namespaces.
in_namespaces() {
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/upper /mnt/work /mnt/root
	mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
	cd /mnt/root
	mkdir release release/systemd trial
	cp "$project/dist/dnsfwd" "$project/scripts/install.sh" "$project/scripts/install_trial.sh" release
	cp "$project"/scripts/systemd/* release/systemd
	mount --bind "$3" trial
	mount -t proc proc proc
	mount --rbind /dev dev
	mount -t tmpfs tmpfs run
	ip link set lo up
	"boot_$2"
}

boot_cron() { exec chroot . sh /release/install_trial.sh --inside cron >trial/log 2>&1; }

boot_systemd() {
	mount -t sysfs sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	cat >etc/systemd/system/trial.service <<'END'
[Unit]
Description=Trial of the installation

[Service]
Type=oneshot
ExecStart=/bin/sh /release/install_trial.sh --inside systemd
StandardOutput=append:/trial/log
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block exit 0
END
	exec env container=other chroot . /lib/systemd/systemd --unit=trial.service --show-status=no >/dev/null 2>&1
}

# --- Inside ---

# What is on the disk, but for what others write while this goes on.
everything() { find / -xdev ! -path '/release*' ! -path '/tmp*' ! -path '/var/tmp*' ! -path /proc | sort; }

# within SECONDS COMMAND...: until it succeeds.
within() {
	end=$(($(date +%s) + $1)) && shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || fail "not in time: $*"
		sleep 0.2
	done
}

answers() { [ "$(dig +short +tries=1 +time=1 @127.0.0.1 host.test A 2>/dev/null)" = 192.0.2.7 ]; }
holder() { cat /run/dnsfwd/instance.lock; }

start_upstream() {
	cat >/tmp/unbound.conf <<'END'
server:
	interface: 127.0.0.1@5301
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	local-data: "host.test. 60 IN A 192.0.2.7"
END
	unbound -c /tmp/unbound.conf 2>/tmp/unbound.log
}

# A program that is another one and does the same: the last octet of the ELF identification means nothing.
another_version() { printf '\001' | dd of=/release/dnsfwd bs=1 seek=15 conv=notrunc 2>/dev/null; }

install() { sh /release/install.sh --service "$service" "$@"; }

start_cron() { sed -i '2,3s/^#//' /etc/cron.d/dnsfwd && cron; }
start_systemd() { systemctl enable --now dnsfwd; }

inside() {
	service=$1
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	start_upstream
	everything >/tmp/before
	(cd /release && sha256sum dnsfwd >SHA256SUMS)
	step "What would be done" install --dry-run
	everything | cmp - /tmp/before || fail "the dry run has changed something"
	step Install install
	sed -i 's|^#upstream = .*|upstream = ["tcp://127.0.0.1:5301"]|' /etc/dnsfwd/dnsfwd.toml
	step Check dnsfwd check
	step "Start by $service" "start_$service"
	within 75 answers
	dnsfwd status
	first=$(holder)
	another_version
	step "A wrong checksum" expect_failure install
	(cd /release && sha256sum dnsfwd >SHA256SUMS)
	step "Another version" install
	step "It answers" within 5 answers
	[ "$(holder)" != "$first" ] || fail "the version before runs still"
	grep -q '^upstream = \["tcp' /etc/dnsfwd/dnsfwd.toml || fail "the configuration is not kept"
	[ "$service" != cron ] || grep -q '^@reboot root' /etc/cron.d/dnsfwd ||
		fail "the crontab does not count any more"
	step Remove sh /usr/local/share/dnsfwd/install.sh --uninstall
	! answers || fail "it runs still"
	step "Remove the rest" sh /release/install.sh --uninstall --purge
	everything | diff /tmp/before - || fail "something is left, or missing"
	printf '\nNothing is left\n'
}

expect_failure() { ! "$@" || fail "$* did not fail"; }

case ${1-} in
--in-namespaces) in_namespaces "$2" "$3" "$4" ;;
--inside) inside "$2" ;;
*) outside "$@" ;;
esac
