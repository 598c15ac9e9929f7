# SPDX-License-Identifier: Apache-2.0
# Two hosts out of this machine, as network namespaces joined by a cable (link.c).  To be sourced
# by a script that has a folder $work and calls two_hosts_leave at its end; needs root.
#   two_hosts_skip                says why not, and ends the script
#   two_hosts_join DELAY_US MBIT  makes them
#   two_hosts COMMAND…            mpirun across both, a rank each
# Where $work/disk-1 and $work/disk-2 are there, they lie at $work/disk of their hosts, as disks
# of their own; the second host has nothing of the caller's environment.
two_hosts_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
space=mpibert-$$

two_hosts_skip() {
    local tool
    [ "$(id -u)" = 0 ] || two_hosts_no "needs root"
    for tool in ip nsenter unshare; do
        command -v $tool >/dev/null || two_hosts_no "needs $tool (iproute2, util-linux)"
    done
    [ -c /dev/net/tun ] || two_hosts_no "needs /dev/net/tun"
}
two_hosts_no() {
    echo "$(basename "$0"): SKIPPED, nothing was tried: $*" >&2
    exit 0
}
two_hosts_leave() {
    [ -n "${cable:-}" ] && kill "$cable"
    ip netns del "$space-1" 2>/dev/null
    ip netns del "$space-2" 2>/dev/null
}
two_hosts_join() {
    local i
    ${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -o "$work/link" "$two_hosts_here/link.c" || exit 1
    for i in 1 2; do
        ip netns add "$space-$i" || two_hosts_no "may not make network namespaces"
        ip -n "$space-$i" link set dev lo up
    done
    "$work/link" "$space-1" "$space-2" "$1" "$2" >"$work/ready" &
    cable=$!
    for _ in $(seq 100); do
        [ -s "$work/ready" ] && break
        sleep 0.05
    done
    for i in 1 2; do
        ip -n "$space-$i" addr add 10.78.0.$i/24 dev cable || exit 1
        ip -n "$space-$i" link set dev cable mtu 65000 up || exit 1
    done
    # what mpirun calls instead of ssh: HOST COMMAND…
    cat >"$work/agent" <<END
#!/bin/bash
number=\${1##*.}
shift
clean=
[ \$number = 1 ] || clean="env -i PATH=$PATH HOME=$HOME"
[ ! -d "$work/disk-\$number" ] || disk="mount --bind '$work/disk-\$number' '$work/disk' && "
exec \$clean nsenter --net=/run/netns/$space-\$number unshare --uts --mount bash -c \
    'hostname "\$0"; eval "\$1"' $space-\$number "\${disk:-}exec bash -c '\${*//\\'/\\'\\\\\\'\\'}'"
END
    chmod +x "$work/agent"
}
two_hosts() {
    local words
    printf -v words '%q ' "$@"
    "$work/agent" 10.78.0.1 "cd $PWD && exec ${MPIRUN:-mpirun} --host 10.78.0.1,10.78.0.2 -n 2 \
        --mca plm rsh --mca plm_rsh_agent $work/agent --mca plm_rsh_no_tree_spawn 1 \
        --mca pml ob1 --mca btl self,tcp --mca btl_tcp_if_include 10.78.0.0/24 \
        --mca oob_tcp_if_include 10.78.0.0/24 $words"
}
