#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: whatever happens to the newest checkpoints, no good one is removed while a worse one
# stays, nothing is begun again unasked, two runs do not share a folder, and foreign lines in
# the log hide nothing.  The last part throws dice, as often as TURNS says: damage, kill, go on
# with more steps and another keep.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml

train() { "$mpibert" train run.yaml --set evaluation.every_steps=null "$@" >log 2>err; }
files() { LC_ALL=C ls "$1" | grep -v jsonl | sed 's/^checkpoint-0*\([0-9]\)/\1/; s/\.h5//' | tr '\n' ' '; }
damage() { # damage FILE HOW: a byte of the numbers turned, the end cut off, nothing left
    case $2 in
        0) perl -e 'open F, "+<", $ARGV[0]; seek F, -s F > 4096 ? (-s F) - 2000 : 0, 0;
                    my $i = 0; my $all = do { local $/; seek F, 0, 0; <F> };
                    for my $at (0 .. length($all) / 4096) {
                        my $c = substr $all, $at * 4096, 1;
                        next if $c eq "";
                        seek F, $at * 4096, 0; print F chr(255 ^ ord $c);
                    }' "$1" ;;
        1) truncate -s -1000 "$1" ;;
        2) : >"$1" ;;
    esac
}

# Two damaged, with keep 2: the new ones stay, the damaged are out of the way.
train --set checkpoint.keep=3 && train --set checkpoint.keep=3 --set train.steps=16
is "$(files run)" "0 8 12 16 " "a run"
for step in 12 16; do damage "run/checkpoint-0000000$step.h5" 1; done
train --set train.steps=20
ok $? "goes on from the third"
is "$(files run)" "0 12.bad 16 16.bad 20 " "  and keeps what it writes"
grep -q 'checkpoint-000000016.h5: moved to checkpoint-000000016.h5.bad' err
ok $? "  and says what became of the damaged"

# Only step 0 is good: never back there unasked.
for step in 16 20; do damage "run/checkpoint-0000000$step.h5" 2; done
lines=$(wc -l <run/metrics.jsonl)
train --set train.steps=20
is $? 65 "all damaged but the beginning: refused"
grep -q 'checkpoint.restart=true' err
ok $? "  with the way to begin again"
is "$(wc -l <run/metrics.jsonl) $(files run)" "$lines 0 12.bad 16 16.bad 20 " \
    "  and nothing is touched"
train --set train.steps=20 --set checkpoint.restart=true
ok $? "  which does"
is "$(files run)" "0 12.bad 16 16.bad 16.bad2 20 20.bad " "  and keeps what was there"

# A leftover of a killed save goes before anything is written.
mkdir left && : >left/.tmp-checkpoint-000000004.h5-1-2
train --set checkpoint.dir=left --set train.steps=0
is "$(ls -A left | grep -c tmp)" 0 "leftovers are removed at the start"

# What is no file holds nobody up.
mkdir pipe && mkfifo pipe/checkpoint-000000004.h5 p.fifo
for command in "inspect p.fifo" "inspect pipe" "export p.fifo out" "eval p.fifo --data held.txt" \
    "fill p.fifo x" "import p.fifo x.h5" "train p.fifo" "tokenize --vocab p.fifo held.txt" \
    "train run.yaml --set checkpoint.dir=pipe" "train run.yaml --set data.vocab=p.fifo" \
    "train run.yaml --set train.init_from=p.fifo --set checkpoint.dir=fi"; do
    timeout 20 "$mpibert" $command >log 2>&1
    rc=$?
    case $rc in 64 | 65 | 66 | 78) rc=0 ;; esac
    is $rc 0 "a pipe: $command"
done

# Two runs in one folder.
"$mpibert" train run.yaml --set train.steps=1000000 --set checkpoint.dir=two >two.log 2>&1 &
first=$!
until grep -q '^saved' two.log; do sleep 0.05; done
train --set checkpoint.dir=two
is $? 78 "a second run in the same folder is refused"
grep -q "(host .*, process $first)" err
ok $? "  naming the first"
kill -9 $first
wait $first 2>/dev/null
train --set checkpoint.dir=two --set train.steps=0
ok $? "  and has the folder when that is killed"

# A note in the log.
train --set checkpoint.dir=notes
sed -i '3a# a note' notes/metrics.jsonl
train --set checkpoint.dir=notes --set train.steps=14
is "$(field step notes/metrics.jsonl | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 11 12 13 14 " \
    "a foreign line hides no step"
grep -q 'metrics.jsonl: 1 line is not a step.s, first line 4; kept' err
ok $? "  and is told"

# ---- dice ----
steps=8
rm -rf dice
train --set checkpoint.dir=dice --set train.steps=$steps --set checkpoint.keep=3
RANDOM=${SEED:-7}
good() { "$mpibert" inspect "$1" --verify >/dev/null 2>&1; }
newest() { ls dice/checkpoint-*.h5 | tail -1; }
bad=0
for turn in $(seq "${TURNS:-3}"); do
    keep=$((RANDOM % 3 + 1)) steps=$((steps + RANDOM % 8 + 1))
    if [ $((RANDOM % 2)) = 0 ] && [ "$(ls dice/checkpoint-*.h5 | wc -l)" -gt 2 ]; then
        damage "$(newest)" $((RANDOM % 3))
    fi
    before=$(for f in dice/checkpoint-*.h5; do good $f && echo $f; done | tail -1)
    if [ $((RANDOM % 2)) = 0 ]; then # killed somewhere
        "$mpibert" train run.yaml --set checkpoint.dir=dice --set checkpoint.keep=$keep \
            --set evaluation.every_steps=null --set train.steps=$steps \
            --set checkpoint.every_steps=1 >log 2>err &
        sleep 0.$((RANDOM % 5 + 1))
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        after=$(for f in dice/checkpoint-*.h5; do good $f && echo $f; done | tail -1)
        [[ ! $after < $before ]] || { bad=$((bad + 1)); echo "# turn $turn: $before lost by a kill"; }
    fi
    train --set checkpoint.dir=dice --set checkpoint.keep=$keep --set train.steps=$steps
    rc=$?
    if [ $rc = 65 ] && ! [[ $before > dice/checkpoint-000000000.h5 ]]; then
        train --set checkpoint.dir=dice --set checkpoint.keep=$keep --set train.steps=$steps \
            --set checkpoint.restart=true
        rc=$?
    fi
    last=$(printf 'dice/checkpoint-%09d.h5' $steps)
    if [ $rc != 0 ] || ! good "$last"; then
        bad=$((bad + 1))
        echo "# turn $turn: rc $rc, steps $steps, $(files dice)"
    fi
    for f in dice/checkpoint-*.h5; do # with progress, all that stay are good
        good "$f" || { bad=$((bad + 1)); echo "# turn $turn: $f is damaged and stays"; }
    done
done
is $bad 0 "dice: progress after every start, and nothing good lost"
finish
