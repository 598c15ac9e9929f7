#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: on a terminal of any width a run shows its table of losses and a bar below, each in one
# line, and leaves no bar behind, nor beside a message; a run that is complete says so.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
unset CI SLURM_JOB_ID
export TERM=xterm

# on COLUMNS FILE COMMAND…: what a terminal of that width is sent, carriage returns as @
on() {
    local columns=$1 file=$2
    shift 2
    printf 'stty cols %s rows 24\nexec "%s"' "$columns" "$mpibert" >typed
    printf ' %q' "$@" >>typed
    script -qec 'sh ./typed' /dev/null </dev/null | tr -d '\n' | tr '\r' '@' >"$file"
}
if ! command -v script >/dev/null; then
    echo "1..0 # SKIP no script(1) here"
    exit 0
fi
for columns in 40 60 80 120; do
    on $columns seen train run.yaml --set checkpoint.dir=c$columns --set log.every_steps=2
    # A line ends in @@ (CR LF), a bar begins with @ and ESC [K.
    tr '@' '\n' <seen | sed 's/\x1b\[K//g' | grep -E '^( +[0-9]+ +[0-9.]+| +step |\[|[0-9]+/12)' >lines
    is "$(awk -v most=$columns 'length($0) >= most' lines | wc -l)" 0 \
        "$columns columns: every row and bar is shorter than the line"
    is "$(grep -c '^ *12 .* [0-9]*\.[0-9]' lines)" 1 "  the table of losses is there"
    grep -q '12/12' lines
    ok $? "  and the bar"
    tr '@' '\n' <seen | grep -v '^$' | tail -1 | grep -q '^JOB DONE'
    ok $? "  the last line is the last word"
    ! grep -q '12/12[^@]*[a-zA-Z]@@' seen && ! grep -q 'tok/s@@' seen
    ok $? "  no bar is left behind"
done
grep -q 'gnorm' lines
ok $? "a wide terminal has all columns"

# Stopped between two bars.
printf 'stty cols 80 rows 24\n"%s" train run.yaml --set checkpoint.dir=stop --set train.steps=100000 &\n' \
    "$mpibert" >typed
printf 'while ! [ -s stop/metrics.jsonl ]; do sleep 0.1; done; sleep 1; kill -TERM $!; wait $!; echo "it gave $?"\n' >>typed
script -qec 'sh ./typed' /dev/null </dev/null | tr -d '\n' | tr '\r' '@' >seen
tr '@' '\n' <seen | sed 's/\x1b\[K//g' | grep -v '^$' | tail -2 >lines
grep -q '^mpibert: stopped at step [0-9]*; start it again to go on' lines
ok $? "a run that is stopped says so in a clean line"
is "$(tail -1 lines)" "it gave 75" "  the last"

on 60 seen train run.yaml --set checkpoint.dir=fresh --set data.sources[0].path=none
tr '@' '\n' <seen | grep -q '^mpibert: error: '
ok $? "a message begins a line"

"$mpibert" train run.yaml --set checkpoint.dir=c80 >again.log
ok $? "a complete run started again"
grep -q '^complete  already: step 12, and train.steps is 12' again.log
ok $? "  says so"
grep -q 'JOB DONE: 12 steps, .*; already complete' again.log
ok $? "  to the end"
! grep -q 'documents read' again.log
ok $? "  and has no empty ledger"
grep -q 'set train.steps larger; with twice the steps the next rate is 0.000571' again.log
ok $? "  but what going on would mean"
"$mpibert" train run.yaml --set checkpoint.dir=c80 --set train.steps=14 >more.log
grep -q 'extended  from 12 steps to 14; the schedule (linear) now spans all of them: the next rate is 0.000182, not 0' more.log
ok $? "an extended one says what became of its rate"
"$mpibert" train run.yaml --set checkpoint.dir=fixed --set train.schedule_steps=8 >f.log
"$mpibert" train run.yaml --set checkpoint.dir=fixed --set train.schedule_steps=8 >f.log
grep -q 'nothing more is learnt' f.log
ok $? "a schedule that has ended for good says that"
finish
