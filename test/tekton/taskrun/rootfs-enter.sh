#!/bin/sh
# Runs in a mount namespace of its own: mounts what the list names into the root, makes the root read-only, and becomes
# the container's process in it. Arguments: the list (source, target, ro or rw, with tabs), the root, how to enter it
# ("user" has a user namespace made for it), UID, command…
set -eu
list=$1 root=$2 how=$3 uid=$4
shift 4
mount --bind "$root" "$root"
while IFS='	' read -r source target mode; do
  mount --bind "$source" "$root$target"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$target"; fi
done <"$list"
mount -o remount,bind,ro "$root"
# The shell's own variables are none of the container's.
if [ "$how" = user ]; then
  exec env -u PWD -u OLDPWD -u SHLVL -u _ unshare --user --map-user="$uid" --map-group=0 --root="$root" --wd=/ -- "$@"
fi
exec env -u PWD -u OLDPWD -u SHLVL -u _ setpriv --no-new-privs --inh-caps=-all --clear-groups chroot --userspec="$uid:0" "$root" "$@"
