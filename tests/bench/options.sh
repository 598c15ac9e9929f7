#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: every option of the table set to another value, to nothing and to null on one rank of
# two: by --set or a variable of rank 1 it is refused (78, one line); by a variable of rank 0
# the run is what it would be with that on both, or refused in one line.  Never a hang, a
# signal or another result.  Real runs of a step; half an hour:
#   tests/bench/options.sh [build] [PATTERN of keys]
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${1:-${BUILD:-build}}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$here/../cli/lib.sh"
make_corpus
make_config | sed 's/steps: 12, warmup_steps: 3/steps: 1, warmup_steps: 1/' >run.yaml
t=("$mpibert" train run.yaml)
run=$("$mpibert" config print --json | perl -MJSON::PP -0777 -e '
    my $options = decode_json(<>)->{options};
    for my $key (sort keys %$options) {
        my $o = $options->{$key};
        my $default = $o->{default} // "";
        my ($choice) = grep { $_ ne $default } @{ $o->{choices} || [] };
        my $other = $o->{choices}      ? $choice // $default
            : defined $o->{low}        ? ($o->{low} eq $default ? $o->{high} : $o->{low})
            : $default eq "true"       ? "false"
            : $default eq "false"      ? "true" : "other";
        print "$key $other\n" if $key ne "checkpoint.dir" }' | grep -e "${2:-.}")

# pair FIRST… : SECOND…: 60 s are a hang
pair() {
    local first=()
    while [ "$1" != : ]; do first+=("$1"); shift; done
    shift
    rm -rf run
    timeout -k 1 60 "${MPIRUN:-mpirun}" -n 1 "${first[@]}" : -n 1 "$@" >out 2>err \
        </dev/null
}
in_one_line() { [ "$(grep -c 'mpibert: error:' err)" = 1 ]; }
refused() { # refused KEY "what" FIRST… : SECOND…
    local key=$1 what=$2
    shift 2
    pair "$@"
    [ $? = 78 ] && in_one_line && grep -q "rank 1 on $(uname -n): .*$key" err
    ok $? "$what: refused"
}
result() { # of the last run: its hash, or the error
    if in_one_line; then grep -o 'error: .*' err; else "$mpibert" inspect run --json | field state_hash; fi
}
while read -r key other; do
    variable=MPIBERT_$(echo "$key" | tr 'a-z.' 'A-Z_')
    for value in "$other" '' null; do
        what="$key='$value'"
        refused "$key" "$what on rank 1 by --set" "${t[@]}" : "${t[@]}" --set "$key=$value"
        refused "$variable" "$what on rank 1 by a variable" "${t[@]}" : env "$variable=$value" "${t[@]}"
        pair env "$variable=$value" "${t[@]}" : "${t[@]}"
        rc=$? one=$(result)
        if [ $rc = 0 ]; then
            pair env "$variable=$value" "${t[@]}" : env "$variable=$value" "${t[@]}"
            rc=$?
            [ $rc = 0 ] && [ -n "$one" ] && [ "$one" = "$(result)" ]
        else
            [ -n "$one" ] && case $rc in 65 | 66 | 74 | 78) true ;; *) false ;; esac
        fi
        held=$?
        ok $held "$what on rank 0 by a variable: $rc, $one"
        [ $held = 0 ] || sed 's/^/#   /' err
    done
done <<<"$run"
finish
