# SPDX-License-Identifier: Apache-2.0
# Several hosts out of this machine, as network namespaces at one switch, whose ports can be
# pulled.  To be sourced by a script that has a folder $work; needs root.
#   hosts_skip             says why not, and ends the script
#   hosts_up COUNT         hosts 1, 2, …
#   hosts_down
#   host N COMMAND…        runs there
#   pull N, plug N         its cable; the second waits until it carries
#   hosts_mpirun           an array: mpirun's words for a rank on each, to be called on host 1
#   host_processes N WORD  what runs there by this name
# Hosts but the first have nothing of the caller's environment, as if ssh had gone there.
network=mpibert-$$

hosts_skip() {
    local tool
    [ "$(id -u)" = 0 ] || hosts_no "needs root"
    for tool in ip nsenter unshare; do
        command -v $tool >/dev/null || hosts_no "needs $tool (Debian: iproute2, util-linux)"
    done
}
hosts_no() {
    echo "# $(basename "$0"): SKIPPED, nothing was tried: $*" >&2
    echo "1..0 # SKIP $*"
    exit 0
}
hosts_up() {
    local i list=
    ip netns add "$network-switch" 2>/dev/null || hosts_no "may not make network namespaces"
    ip -n "$network-switch" link add bridge type bridge 2>/dev/null || hosts_no "no bridges here"
    ip -n "$network-switch" link set bridge up
    for i in $(seq "$1"); do
        ip netns add "$network-$i" || exit 1
        ip link add name cable netns "$network-$i" type veth peer name "port$i" \
            netns "$network-switch" || hosts_no "no pairs of virtual network cards here"
        ip -n "$network-switch" link set "port$i" master bridge up
        ip -n "$network-$i" addr add "10.79.0.$i/24" dev cable
        ip -n "$network-$i" link set cable up
        ip -n "$network-$i" link set lo up
        list=$list,10.79.0.$i
    done
    cat >"$work/agent" <<END
#!/bin/bash
# What mpirun calls instead of ssh: HOST COMMAND…
number=\${1##*.}
shift
clean="env -i PATH=$PATH HOME=$HOME"
[ \$number = 1 ] && clean=
exec \$clean nsenter --net=/run/netns/$network-\$number unshare --uts bash -c \
    'hostname "\$0"; exec bash -c "\$1"' host\$number "\$*"
END
    chmod +x "$work/agent"
    hosts_mpirun=("${MPIRUN:-mpirun}" --host "${list#,}" -n "$1" --mca plm rsh
        --mca plm_rsh_agent "$work/agent" --mca plm_rsh_no_tree_spawn 1 --mca pml ob1
        --mca btl self,tcp --mca btl_tcp_if_include 10.79.0.0/24
        --mca oob_tcp_if_include 10.79.0.0/24 --bind-to none)
}
hosts_down() {
    local name
    for name in $(ip netns list | sed -n "s/^\($network-[^ ]*\).*/\1/p"); do
        ip netns pids "$name" | xargs -r kill -9 2>/dev/null
        ip netns del "$name"
    done
}
host() {
    local number=$1 words
    shift
    printf -v words '%q ' "$@"
    exec "$work/agent" "10.79.0.$number" "cd $PWD && exec $words"
}
pull() { ip -n "$network-switch" link set "port$1" down; }
plug() {
    ip -n "$network-switch" link set "port$1" up
    until ip -n "$network-$1" link show cable | grep -q 'state UP'; do sleep 0.1; done
}
host_processes() {
    local p
    for p in $(ip netns pids "$network-$1"); do
        [ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$2" ] && echo "$p"
    done
}
