#!/bin/sh
# Installs dnsfwd, and takes it away again. For any POSIX shell (dash, the ash of busybox); asks no network.
#
# Everything is looked at before anything is changed. Then new files are written beside the old ones, as
# NAME.dnsfwd-new, and when all are there they are renamed, which a program that runs does not notice. Until
# then whatever goes wrong is undone. PREFIX/share/dnsfwd/installed says what was put where:
#
#   version 0.1.0
#   service cron
#   user NAME            of --user
#   dir PATH             made here, those above first
#   file SHA256 PATH     as it was put there: what differs by now, somebody has changed
#
# One file, so that it can be had beside a program alone.

set -eu
umask 022
export LC_ALL=C NO_COLOR=1
# With it, cd would go elsewhere, and print where.
unset CDPATH

CONFIG=/etc/dnsfwd/dnsfwd.toml
CRONTAB=/etc/cron.d/dnsfwd
INIT=/etc/init.d/dnsfwd
UNITS=/etc/systemd/system
# What the program leaves behind, unless told to put it elsewhere. systemd has its state below private.
LOG=/var/log/dnsfwd.log
LEFT_BEHIND="/var/lib/dnsfwd /var/lib/private/dnsfwd $LOG"
# Takes the # away from the entries of the crontab, as a person is told to.
ACTIVATE='2,3s/^#//'

usage() {
	cat <<'END'
Usage: install.sh [OPTION]...
       install.sh --uninstall [--purge] [OPTION]...

Installs the dnsfwd that lies beside this script, with its configuration, manual
pages and completions, and what starts it: for systemd, cron or OpenWrt. Does it
again for another version. An existing configuration is kept.

Options:
  --binary FILE      The program (default: dnsfwd beside this script)
  --checksums FILE   Its checksum, as sha256sum prints it (default: SHA256SUMS
                     beside the program, or one folder up)
  --sha256 HEX       Its checksum itself
  --no-checksum      Install it unchecked, such as one of your own making
  --service KIND     systemd, cron, openwrt or none (default: what is installed,
                     else the first of these that this machine has)
  --user NAME        With cron: go on as this user once port 53 is open
  --prefix DIR       Where the program goes (default: /usr/local; OpenWrt: /usr)
  --root DIR         Install into the system below DIR, which does not run
  --no-restart       Let a dnsfwd that runs go on, as the version that it is
  --dry-run          Say what would be done, and change nothing
  --uninstall        Stop it and remove what was installed; a configuration that
                     was changed is kept, and what dnsfwd has written
  --purge            With --uninstall: remove these as well
  -h, --help         Show this help

Exit codes: 0 done, 1 it could not be done and nothing is changed (unless the
message says otherwise), 2 wrong usage.
END
}

# Where there is no way back, or nothing to go back from, nobody has to listen.
say() {
	if [ -n "$committed$dry_run" ]; then
		printf '%s\n' "$*" 2>/dev/null || :
	else
		printf '%s\n' "$*"
	fi
}

# Errors, each one line that says what is the matter, whether or not there is who reads it.
complain() { printf 'install.sh: %s\n' "$*" >&2 2>/dev/null || :; }
fail() { complain "$@" && exit 1; }
wrong() { complain "$@" && exit 2; }

# tell DONE DO WHAT: "Installed", "install" and what.
tell() {
	if [ -n "$dry_run" ]; then say "Would $2 $3"; else say "$1 $3"; fi
}

is_there() { [ -e "$root$1" ] || [ -L "$root$1" ]; }

# Services are told things only where they can run.
is_live() { [ -z "$root$dry_run" ]; }
has_systemd() { is_live && [ -d /run/systemd/system ]; }

# --- The command line ---

set_option() {
	case $1 in
	--binary) binary=$2 ;;
	--checksums) checksums=$2 ;;
	--sha256) sha256=$2 ;;
	--service) service=$2 ;;
	--user) user=$2 ;;
	--prefix)
		case $2 in / | //*) wrong "--prefix $2: must be a folder below /" ;; esac
		prefix=${2%/}
		;;
	--root) root=$2 ;;
	esac
}

parse() {
	binary='' checksums='' sha256='' unchecked='' service='' user='' prefix='' root='' no_restart=''
	dry_run='' uninstall='' purge=''
	while [ $# -gt 0 ]; do
		case $1 in
		--no-checksum=* | --no-restart=* | --dry-run=* | --uninstall=* | --purge=* | --help=*)
			wrong "${1%%=*}: takes no value"
			;;
		--?*=*) first=$1 && shift && set -- "${first%%=*}" "${first#*=}" "$@" && continue ;;
		--binary | --checksums | --sha256 | --service | --user | --prefix | --root)
			[ -n "${2-}" ] || wrong "$1: a value is missing"
			set_option "$1" "$2" && shift
			;;
		--no-checksum) unchecked=yes ;;
		--no-restart) no_restart=yes ;;
		--dry-run) dry_run=yes ;;
		--uninstall) uninstall=yes ;;
		--purge) purge=yes ;;
		-h | --help) usage && exit 0 || exit 1 ;;
		*) wrong "$1: no such option; --help lists them" ;;
		esac
		shift
	done
	check_options
}

check_options() {
	case $service in
	'' | systemd | cron | openwrt | none) ;;
	*) wrong "--service $service: must be systemd, cron, openwrt or none" ;;
	esac
	case ${prefix:-/} in
	*[!A-Za-z0-9_@+,./-]* | *..*) wrong "--prefix $prefix: must be of letters, digits and _@+,.-/ only" ;;
	/*) ;;
	*) wrong "--prefix $prefix: must be an absolute path" ;;
	esac
	case $user in *[!A-Za-z0-9_.-]* | -*) wrong "--user $user: must be the name of a user" ;; esac
	case $sha256 in *[!0-9a-fA-F]*) wrong "--sha256 $sha256: must be 64 hexadecimal digits" ;; esac
	[ -z "$sha256" ] || [ ${#sha256} -eq 64 ] || wrong "--sha256 $sha256: must be 64 hexadecimal digits"
	[ -z "$purge" ] || [ -n "$uninstall" ] || wrong "--purge: goes with --uninstall only"
	case "${checksums:+1}${sha256:+1}${unchecked:+1}" in
	11*) wrong "--checksums, --sha256, --no-checksum: give one of them only" ;;
	esac
	[ -z "$root" ] || [ -d "$root" ] || wrong "--root $root: must be an existing directory"
	[ -z "$root" ] || root=$(cd "$root" && pwd) || fail "Cannot enter $root"
	root=${root%/}
}

# Where all of it is, or will be.
set_places() {
	here=$(cd "$(dirname "$0")" && pwd)
	script=$here/$(basename "$0")
	# Installed itself, it knows its prefix.
	if [ -z "$prefix" ] && [ -f "$here/installed" ]; then
		prefix=${here#"$root"}
		prefix=${prefix%/share/dnsfwd}
	fi
	if [ -z "$prefix" ]; then
		prefix=/usr/local
		[ ! -f "$root/etc/openwrt_release" ] || prefix=/usr
	fi
	program=$prefix/bin/dnsfwd
	share=$prefix/share/dnsfwd
	manifest=$share/installed
}

# --- What was installed before ---

# Of an installation that was killed in the middle as well.
read_manifest() {
	: >"$work/before"
	for file in "$root$manifest" "$root$manifest.dnsfwd-new"; do
		[ ! -f "$file" ] || cat "$file" >>"$work/before"
	done
}

# The first value behind a word of the manifest.
recorded() { sed -n "s/^$1 //p" "$work/before" | sed -n 1p; }

# The line of the manifest for a file, if it has one.
recorded_file() {
	while read -r kind sum path; do
		[ "$kind $path" != "file $1" ] || { say "$kind $sum $path" && return; }
	done <"$work/before"
}

sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# The checksum of what is installed; that of a crontab does not depend on which entries are active.
sum_at() {
	if [ "$1" != "$CRONTAB" ]; then
		sum_of "$root$1"
	else
		sed 's/^[@*]/#&/' "$root$1" | sha256sum | cut -d ' ' -f 1
	fi
}

is_as_installed() { [ -f "$root$1" ] && [ "$(recorded_file "$1")" = "file $(sum_at "$1") $1" ]; }

# --- The program ---

find_binary() {
	[ -n "$binary" ] || binary=$here/dnsfwd
	if [ ! -f "$binary" ] && [ "$binary" = "$here/dnsfwd" ]; then
		binary=$(say "$here"/dnsfwd-*-"$(uname -m)"-unknown-linux-gnu)
	fi
	case $binary in
	"$here"/dnsfwd-*' '* | *'*'*)
		fail "No single dnsfwd beside $script: unpack the release, or name the program by --binary"
		;;
	esac
	[ -f "$binary" ] || fail "$binary: not there, or not a file"
	[ -r "$binary" ] || fail "$binary: cannot be read"
	binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
}

# The checksum that FILE has for NAME, if it has one.
listed() {
	while read -r sum name || [ -n "$sum" ]; do
		name=${name#\*}
		[ "${name#./}" != "$2" ] || { say "$sum" && return; }
	done <"$1"
}

# In a release the program is called dnsfwd in a folder of the name that it has beside it.
expected_sum() {
	[ -z "$sha256" ] || { say "$sha256" && return; }
	folder=$(dirname "$binary")
	for file in ${checksums:+"$checksums"} "$folder/SHA256SUMS" "${folder%/*}/SHA256SUMS"; do
		[ -f "$file" ] || [ -z "$checksums" ] || fail "$checksums: not there, or not a file"
		[ -f "$file" ] || continue
		for name in "$(basename "$binary")" "$(basename "$folder")"; do
			sum=$(listed "$file" "$name")
			[ -z "$sum" ] || { say "$sum" && return; }
		done
		[ -z "$checksums" ] || fail "$checksums: has no line for $(basename "$binary")"
	done
	fail "No checksum for $binary: give --checksums FILE or --sha256 HEX," \
		"or --no-checksum if it is of your own making"
}

check_sum() {
	command -v sha256sum >/dev/null || fail "sha256sum is missing; coreutils and busybox have it"
	binary_sum=$(sum_of "$binary")
	[ -z "$unchecked" ] || { say "Not checked: $binary" && return; }
	expected=$(expected_sum) || exit 1
	expected=$(printf '%s' "$expected" | tr A-F a-f)
	[ "$binary_sum" = "$expected" ] ||
		fail "$binary: wrong checksum, $binary_sum instead of $expected; download it again"
	say "Checked $binary: the checksum is right"
}

octet() { dd if="$binary" bs=1 skip="$1" count="${2:-1}" 2>/dev/null | tr -d '\000'; }

# Why it does not run here, as far as it can be seen: ELF header, machine, loader (elf(5)).
obstacle() {
	machine=$(uname -m)
	loader=''
	case $(octet 18) in
	'>') target=x86_64 loader=/lib64/ld-linux-x86-64.so.2 ;;
	"$(printf '\267')") target=aarch64 loader=/lib/ld-linux-aarch64.so.1 ;;
	*) target='' ;;
	esac
	if [ "$(octet 1 3)" != ELF ]; then
		say "it is no program for Linux; was all of it downloaded?"
	elif [ "$target" != "$machine" ]; then
		say "it is for machines of ${target:-another kind}, this is $machine; dnsfwd needs 64 bits, x86_64 or aarch64"
	elif [ ! -e "$loader" ]; then
		say "it needs glibc for 64 bits ($loader), which is not here; musl (OpenWrt, Alpine) is not supported yet"
	else
		sed -n '/./{p;q;}' "$work/errors"
	fi
}

# Finds out the version. A file from a download need not be executable.
try_binary() {
	runnable=$binary
	if [ ! -x "$binary" ]; then
		runnable=$work/dnsfwd
		{ cp "$binary" "$runnable" && chmod 755 "$runnable"; } || fail "Cannot copy $binary to $work"
	fi
	answer=$("$runnable" --version 2>"$work/errors") || fail "Cannot run $binary: $(obstacle)"
	version=${answer#dnsfwd }
	case $answer in "dnsfwd "[0-9]*) ;; *) fail "$binary: is not dnsfwd" ;; esac
}

# --- What is to be where ---

choose_service() {
	[ -n "$service" ] || service=$(recorded service)
	[ -n "$service" ] || service=$(usual_service)
	if [ "$service" = cron ] && [ ! -d "$root/etc/cron.d" ]; then
		fail "--service cron: there is no /etc/cron.d; give --service none and put into a crontab what" \
			'"dnsfwd ensure --print-crontab" prints'
	fi
	[ -n "$user" ] || [ "$service" != cron ] || user=$(recorded user)
	[ -z "$user" ] || [ "$service" = cron ] || wrong "--user: goes with --service cron only, not with $service"
	[ -z "$user" ] || cut -d : -f 1 "$root/etc/passwd" 2>/dev/null | grep -qxF "$user" ||
		fail "--user $user: there is no such user"
}

usual_service() {
	if [ -d "$root/run/systemd/system" ]; then
		echo systemd
	elif [ -f "$root/etc/openwrt_release" ]; then
		echo openwrt
	elif [ -n "$root" ] && [ -x "$root/lib/systemd/systemd" ]; then
		echo systemd
	elif [ -d "$root/etc/cron.d" ] && { [ -x "$root/usr/sbin/cron" ] || [ -x "$root/usr/sbin/crond" ]; }; then
		echo cron
	else
		echo none
	fi
}

# plan MODE PATH SOURCE [SUM]: notes what is to become of a file. In /etc what somebody has changed is kept.
plan() {
	sum=${4:-$(sum_of "$3")}
	[ ! -d "$root$2" ] || fail "$root$2: is a directory"
	line="file $sum $2"
	if ! is_there "$2"; then
		fate=new
	elif [ "$2" = "$CONFIG" ]; then
		fate=kept
	elif [ "$(sum_at "$2")" = "$sum" ]; then
		fate=same
	else
		fate=replaced
		case $2 in /etc/*) is_as_installed "$2" || fate=kept ;; esac
	fi
	[ $fate != kept ] || line=$(recorded_file "$2")
	[ -z "$line" ] || say "$line" >>"$work/lines"
	number=$((number + 1))
	ln -s "$3" "$work/$number"
	say "$fate $1 $number $2" >>"$work/plan"
}

# plan_beside PATH NAME [EXPRESSION]: a file from beside this script, if it is there, with a change by sed.
plan_beside() {
	if [ ! -f "$here/$2" ]; then
		# For a program of one's own making, those of a release are better than none.
		is_as_installed "$1" && plan_former_file same "$(recorded_file "$1")" "$1"
		return 0
	fi
	sum=''
	if [ -z "$checksums$sha256$unchecked" ] && [ -f "$here/SHA256SUMS" ]; then
		sum=$(listed "$here/SHA256SUMS" "$2")
	fi
	[ -z "$sum" ] || [ "$sum" = "$(sum_of "$here/$2")" ] || fail "$here/$2: wrong checksum; download it again"
	number=$((number + 1))
	sed "${3-}" "$here/$2" >"$work/$number"
	mode=644
	[ "$1" != "$INIT" ] || mode=755
	plan $mode "$1" "$work/$number"
}

plan_crontab() {
	mkdir "$work/config"
	echo 'upstream = ["tls://192.0.2.1"]' >"$work/config/dnsfwd.toml"
	CONFIGURATION_DIRECTORY=$work/config \
		"$runnable" ensure ${user:+"--user=$user"} --print-crontab >"$work/printed" ||
		fail "Cannot make a crontab: $binary ensure --print-crontab failed"
	entry="root $program ensure --config=$CONFIG"
	{
		say "# dnsfwd: started at boot, looked after every minute, once there is no # before these entries"
		sed -n -e "s|^@reboot .* ensure --config=[^ ]*|#@reboot $entry|p" \
			-e "s|^\* \* \* \* \* .* ensure --config=[^ ]*|#* * * * * $entry|p" "$work/printed"
	} >"$work/crontab"
	[ "$(grep -c '^#[@*]' "$work/crontab")" = 2 ] || fail "Cannot make a crontab of what $binary prints"
	active=''
	! grep -q '^[@*]' "$root$CRONTAB" 2>/dev/null || active=$ACTIVATE
	sed "$active" "$work/crontab" >"$work/crontab.active"
	plan 644 "$CRONTAB" "$work/crontab.active" "$(sum_of "$work/crontab")"
}

plan_units() {
	for unit in dnsfwd.service dnsfwd.socket; do
		[ -f "$here/systemd/$unit" ] ||
			fail "$here/systemd/$unit: not there; unpack the release, or give --service none"
		plan_beside "$UNITS/$unit" "systemd/$unit" "s|/usr/local/bin/dnsfwd|$program|g"
	done
}

plan_init() {
	[ -f "$here/openwrt/dnsfwd.init" ] ||
		fail "$here/openwrt/dnsfwd.init: not there; unpack the release, or give --service none"
	plan_beside "$INIT" openwrt/dnsfwd.init "s|^PROGRAM=.*|PROGRAM=$program|"
}

# A router has neither the room for them nor who reads them.
plan_pages() {
	[ "$service" != openwrt ] || return 0
	plan_beside "$prefix/share/man/man8/dnsfwd.8" dnsfwd.8
	plan_beside "$prefix/share/man/man5/dnsfwd.toml.5" dnsfwd.toml.5
	plan_beside "$prefix/share/bash-completion/completions/dnsfwd" completions/dnsfwd.bash
	plan_beside "$prefix/share/zsh/site-functions/_dnsfwd" completions/_dnsfwd
	plan_beside "$prefix/share/fish/vendor_completions.d/dnsfwd.fish" completions/dnsfwd.fish
}

# plan_former_file FATE LINE PATH: of what was installed before, and stays.
plan_former_file() {
	say "$2" >>"$work/lines"
	say "$1 - - $3" >>"$work/plan"
}

# What starts the program in another way than is wanted now, and was changed.
plan_former() {
	while read -r kind sum path; do
		case $kind:$path in file:/etc/*) ;; *) continue ;; esac
		grep -q "^file [0-9a-f]* $path\$" "$work/lines" && continue
		is_there "$path" || continue
		is_as_installed "$path" || plan_former_file kept "file $sum $path" "$path"
	done <"$work/before"
}

plan_all() {
	number=0 changed=''
	for list in plan lines dirs; do : >"$work/$list"; done
	plan 755 "$program" "$binary" "$binary_sum"
	plan 755 "$share/install.sh" "$script"
	"$runnable" config --print-default >"$work/dnsfwd.toml" || fail "Cannot make a configuration: $binary failed"
	plan 644 "$CONFIG" "$work/dnsfwd.toml"
	plan_pages
	case $service in
	systemd) plan_units ;;
	openwrt) plan_init ;;
	cron) plan_crontab ;;
	esac
	plan_former
	! grep -qE "^(new|replaced) .* ($program|$CRONTAB|$INIT|$UNITS/.*)\$" "$work/plan" || changed=yes
	while read -r fate mode number path; do
		[ "$fate" = kept ] || need_dir "$(dirname "$path")"
	done <"$work/plan"
}

# Notes a directory that is missing, behind those above it that are.
need_dir() {
	[ ! -d "$root$1" ] || return 0
	! is_there "$1" || fail "$root$1: is not a directory"
	need_dir "$(dirname "$1")"
	grep -qxF "$1" "$work/dirs" || say "$1" >>"$work/dirs"
}

# Directories that were made before stay ours.
make_manifest() {
	say "# What install.sh has put where; its --uninstall reads this."
	say "version $version"
	say "service $service"
	[ -z "$user" ] || say "user $user"
	{ sed -n '/^dir /p' "$work/before" && sed 's/^/dir /' "$work/dirs"; } | sort -u
	cat "$work/lines"
}

# --- Doing it ---

# Up to here all can be undone.
stage() {
	make_manifest >"$work/installed"
	while read -r dir; do
		mkdir "$root$dir" 2>"$work/errors" || fail "$(cat "$work/errors"); nothing was changed"
		say "$dir" >>"$work/made"
	done <"$work/dirs"
	copy 644 "$work/installed" "$manifest"
	while read -r fate mode number path; do
		case $fate in new | replaced) copy "$mode" "$work/$number" "$path" ;; esac
	done <"$work/plan"
	new=$root$program.dnsfwd-new
	[ ! -f "$new" ] || [ "$(sum_of "$new")" = "$binary_sum" ] ||
		fail "$new: is not what was written; nothing was changed"
}

# copy MODE SOURCE PATH. Each redirection is for one command: a trap would still speak into that of a group.
copy() {
	new=$root$3.dnsfwd-new
	say "$new" >>"$work/staged"
	if ! rm -f "$new" 2>"$work/errors" || ! cp "$2" "$new" 2>"$work/errors" ||
		! chmod "$1" "$new" 2>"$work/errors"; then
		fail "$(cat "$work/errors"); nothing was changed"
	fi
}

# The list comes first, so that what is cut off in the middle can be removed, or installed again.
commit() {
	trap '' HUP INT TERM
	committed=yes
	while read -r new; do
		mv -f "$new" "${new%.dnsfwd-new}" || fail "Only a part is installed; run this again"
	done <"$work/staged"
	catch_signals
}

report() {
	while read -r dir; do tell Made make "$dir/"; done <"$work/dirs"
	while read -r fate mode number path; do
		case $fate in
		new) tell Installed install "$path" ;;
		replaced) tell Replaced replace "$path" ;;
		same) tell Unchanged: leave "$path" ;;
		kept) tell Kept keep "$path$(why_kept "$path")" ;;
		esac
	done <"$work/plan"
}

why_kept() {
	if [ "$1" = "$CONFIG" ]; then
		:
	elif [ "$1" = "$CRONTAB" ] && [ "$service" != cron ] && grep -q '^[^#].*dnsfwd' "$root$1"; then
		say ", which somebody has changed; it still starts dnsfwd"
	elif [ -n "$(recorded_file "$1")" ]; then
		say ", which somebody has changed; look whether it is right for $version"
	else
		say ", which is not from install.sh; look whether it is right for $version"
	fi
}

# remove PATH [r]: with r a directory and all in it. It is said once, in a dry run as well.
remove() {
	is_there "$1" || return 0
	! grep -qxF "$1" "$work/removed" || return 0
	say "$1" >>"$work/removed"
	if [ -z "$dry_run" ] && ! rm "-f${2-}" "$root$1"; then
		[ -z "$uninstall" ] || fail "Cannot remove $root$1; some of it is removed, run this again for the rest"
		complain "Cannot remove $root$1, which is of the version before" && return
	fi
	tell Removed remove "$1"
}

# What an earlier version has installed and this one has no more.
remove_former() {
	while read -r kind sum path; do
		[ "$kind" = file ] || continue
		grep -q "^file [0-9a-f]* $path\$" "$work/lines" || remove "$path"
	done <"$work/before"
}

# --- The service ---

is_running() {
	[ -z "$root" ] || return 1
	case $service in
	systemd) [ -d /run/systemd/system ] && systemctl --quiet is-active dnsfwd.service ;;
	openwrt) [ -x "$INIT" ] && "$INIT" running ;;
	*) [ -n "$("$runnable" status 2>/dev/null)" ] ;;
	esac
}

restart_command() {
	case $service in
	systemd) say "systemctl restart dnsfwd" ;;
	openwrt) say "$INIT restart" ;;
	cron) sed -n 's/^\* \* \* \* \* root \(.*\) ensure /\1 restart /p' "$CRONTAB" 2>/dev/null | sed 1q ;;
	esac
}

# Starts the new version in place of the one that runs, with the surroundings that cron has.
restart() {
	command=$(restart_command)
	: "${command:=dnsfwd restart, with its options}"
	if [ -z "$changed" ]; then
		return
	elif [ "$configuration" = wrong ]; then
		complain "dnsfwd runs on as it is: the configuration is wrong for $version. Correct it, then: $command"
	elif [ -n "$no_restart" ] || [ "${command#dnsfwd}" != "$command" ]; then
		say "dnsfwd runs on as it is. For $version: $command"
	elif [ -n "$dry_run" ]; then
		tell Restarted restart dnsfwd
	else
		env -i HOME=/root PATH="$PATH" SHELL=/bin/sh /bin/sh -c "$command" ||
			fail "All is installed, but dnsfwd is not restarted: $command failed"
		tell Restarted restart "dnsfwd, which is $version now"
	fi
}

# So that nothing starts it again, ended and forgotten by what starts it.
stop_service() {
	ended="Stopped and disabled" end="stop and disable"
	[ -z "$root" ] || ended=Disabled end=disable
	case $1 in
	systemd) stop_units ;;
	openwrt) stop_init ;;
	cron)
		stop_crontab
		stop_program
		;;
	*) stop_program ;;
	esac
}

stop_units() {
	tell "$ended" "$end" "dnsfwd.service, dnsfwd.socket"
	if has_systemd; then
		systemctl --quiet disable --now dnsfwd.socket dnsfwd.service || complain "systemctl disable failed"
	elif [ -z "$dry_run" ]; then
		rm -f "$root$UNITS/multi-user.target.wants/dnsfwd.service" "$root$UNITS/sockets.target.wants/dnsfwd.socket"
	fi
}

stop_init() {
	tell "$ended" "$end" "$INIT"
	if is_live && [ -x "$INIT" ]; then
		"$INIT" stop || complain "$INIT stop failed"
	fi
	[ -n "$dry_run" ] || rm -f "$root"/etc/rc.d/[SK][0-9][0-9]dnsfwd
}

stop_crontab() {
	if [ -z "$(recorded_file "$CRONTAB")" ]; then
		! is_there "$CRONTAB" || tell Kept keep "$CRONTAB, which is not from install.sh"
	elif [ -n "$uninstall" ] || is_as_installed "$CRONTAB"; then
		remove "$CRONTAB"
	fi
}

stop_program() {
	if [ -n "$dry_run" ]; then
		[ -n "$root" ] || tell Stopped stop "dnsfwd, if it runs"
	elif is_live && [ -x "$program" ]; then
		"$program" stop || complain "$program stop failed"
	fi
	remove /run/dnsfwd r
}

# reload_units SERVICE...: has systemd look at its files again, if that was or is the service.
reload_units() {
	case $1 in *systemd*) has_systemd || return 0 ;; *) return 0 ;; esac
	systemctl daemon-reload || complain "systemctl daemon-reload failed"
}

# --- Both ways ---

check_configuration() {
	configuration=new
	is_there "$CONFIG" || return 0
	code=0
	"$runnable" check --config "$root$CONFIG" >/dev/null 2>"$work/wrong" || code=$?
	configuration=right
	[ $code -ne 2 ] || configuration=wrong
}

next_steps() {
	if [ "$configuration" = right ]; then
		say "To start it, unless that has been done: $(start_command)"
	else
		say "Nothing is started. Next:"
		say "  1. edit $root$CONFIG: an upstream at least, a line upstream = without # before it"
		[ "$service" != openwrt ] ||
			say '     As dnsmasq has port 53, give dnsfwd another: listen = ["127.0.0.1:5300"]'
		say "  2. ${root:+in that system: }dnsfwd check --connect"
		say "  3. $(start_command)"
	fi
	case :$PATH: in *":$prefix/bin:"*) ;; *) say "$prefix/bin is not in PATH: dnsfwd is $program" ;; esac
}

start_command() {
	case $service in
	systemd)
		if [ -z "$root" ]; then
			say "systemctl enable --now dnsfwd"
		else
			say "systemctl --root=$(quoted "$root") enable dnsfwd"
		fi
		;;
	openwrt) say "${root:+in that system: }$INIT enable && $INIT start" ;;
	cron)
		# In one that was kept those lines may be anything.
		if grep -q "^kept .* $CRONTAB\$" "$work/plan"; then
			say "${root:+in that system: }put into a crontab what dnsfwd ensure --print-crontab prints"
		else
			soon="within a minute"
			[ -z "$root" ] || soon="once that system runs"
			say "sed -i '$ACTIVATE' $(quoted "$root$CRONTAB"), and cron starts it $soon"
		fi
		;;
	*) say "${root:+in that system: }dnsfwd start" ;;
	esac
}

# A path as a shell takes it.
quoted() {
	case $1 in
	*[!A-Za-z0-9_@+,./-]*) say "'$(say "$1" | sed "s/'/'\\\\''/g")'" ;;
	*) say "$1" ;;
	esac
}

say_what_is_wrong() {
	[ "$configuration" = wrong ] || return 0
	complain "$root$CONFIG is wrong for dnsfwd $version, which would not start with it:"
	sed 's/^/  /' "$work/wrong" >&2 2>/dev/null || :
}

install() {
	find_binary
	check_sum
	try_binary
	choose_service
	plan_all
	check_configuration
	running=''
	! is_running || running=yes
	former=$(recorded service)
	if [ -z "$dry_run" ]; then
		stage
		commit
	fi
	report
	[ "${former:-$service}" = "$service" ] || stop_service "$former"
	remove_former
	reload_units "$former$service"
	say_what_is_wrong
	if [ -n "$running" ]; then restart; else next_steps; fi
}

# What was changed is somebody's work, and what dnsfwd has written may be wanted.
uninstall() {
	# Nothing is taken back.
	committed=yes
	version=$(recorded version)
	[ -n "$version$purge" ] || fail "$root$manifest: not there, so nothing is installed below $prefix (see --prefix)"
	service=$(recorded service)
	[ -z "$version" ] || stop_service "$service"
	remove_configuration
	while read -r kind sum path; do
		[ "$kind" = file ] || continue
		remove "$path.dnsfwd-new"
		case $path in "$CONFIG" | "$share/install.sh") ;; *) remove "$path" ;; esac
	done <"$work/before"
	for path in $LEFT_BEHIND; do remove_left "$path"; done
	for path in "$root$LOG".[0-9] "$root$LOG".[0-9][0-9]; do remove_left "${path#"$root"}"; done
	# What it takes to run this again comes last.
	remove "$share/install.sh"
	remove "$manifest.dnsfwd-new"
	remove "$manifest"
	remove_directories
	reload_units "$service"
}

remove_left() { if [ -n "$purge" ]; then remove "$1" r; else keep "$1" "written by dnsfwd"; fi; }

remove_configuration() {
	if [ -n "$purge" ] || is_as_installed "$CONFIG"; then
		remove "$CONFIG"
	else
		keep "$CONFIG" "not as install.sh made it"
	fi
}

# keep PATH REASON
keep() { ! is_there "$1" || tell Kept keep "$1, which is $2 (--purge removes it)"; }

# Those that were made, from the innermost, unless there is anything else in them.
remove_directories() {
	{ sed -n 's/^dir //p' "$work/before" && say "${purge:+${CONFIG%/*}}"; } | grep . | sort -ru >"$work/dirs"
	while read -r dir; do
		if [ -n "$dry_run" ]; then
			tell Removed remove "$dir/, if nothing else is in it"
		elif rmdir "$root$dir" 2>/dev/null; then
			tell Removed remove "$dir/"
		elif [ -d "$root$dir" ]; then
			tell Kept keep "$dir/, as there is more in it"
		fi
	done <"$work/dirs"
}

# --- Signals ---

catch_signals() {
	for signal in HUP INT TERM; do
		# shellcheck disable=SC2064
		trap "interrupt $signal" $signal
	done
}

interrupt() {
	trap '' HUP INT TERM
	if [ -n "$uninstall" ]; then
		complain "Interrupted; run it again for what is left"
	elif [ -n "$committed" ]; then
		complain "Interrupted when all files were in place"
	else
		complain "Interrupted; nothing was changed"
	fi
	clean_up
	trap - EXIT "$1"
	kill -s "$1" $$
}

# Takes back what is not complete.
clean_up() {
	if [ -z "$committed" ]; then
		while read -r new; do rm -f "$new"; done <"$work/staged"
		sed '1!G;h;$!d' "$work/made" >"$work/made.reversed"
		while read -r dir; do rmdir "$root$dir" || :; done <"$work/made.reversed"
	fi
	rm -rf "$work"
}

main() {
	committed='' dry_run=''
	parse "$@"
	trap '' PIPE
	set_places
	[ -n "$root$dry_run" ] || [ "$(id -u)" = 0 ] || fail "Only root can install: use sudo or the like (or --dry-run)"
	work=$(mktemp -d "${TMPDIR:-/tmp}/dnsfwd-install.XXXXXX") || fail "No room for temporary files"
	for list in staged made removed; do : >"$work/$list"; done
	trap clean_up EXIT
	catch_signals
	read_manifest
	if [ -n "$uninstall" ]; then uninstall; else install; fi
}

main "$@"
