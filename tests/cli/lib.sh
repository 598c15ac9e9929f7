# SPDX-License-Identifier: Apache-2.0
# What command tests share: TAP in shell, a folder of their own, a small corpus and
# configuration, and mpibert alone or on n ranks.  To be sourced; ends in `finish`.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case ${BUILD:-build} in /*) build=$BUILD ;; *) build=$root/${BUILD:-build} ;; esac
. "$root/jobs/local/mpi.sh"
mpi_prepare 4
export OMP_NUM_THREADS=1
mpibert=$build/mpibert
work=$(mktemp -d /tmp/mpibert-cli-XXXXXX)
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
cd "$work" || exit 1
count=0 failures=0

# ok CONDITION-STATUS "what": its condition; of what fails, what was said last is shown
ok() {
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        failures=$((failures + 1))
        echo "not ok $count - $2"
        tell_last
    fi
    return "$1"
}
tell_last() {
    local said
    said=$(find . -maxdepth 1 -name '*err' -printf '%T@ %P\n' | sort -n | tail -1 | cut -d ' ' -f 2)
    [ -z "$said" ] || tail -n 4 "$said" | sed "s/^/#   $said: /"
}
is() { # is GOT WANT "what"
    [ "$1" = "$2" ]
    ok $? "$3" || printf '#   got  %s\n#   want %s\n' "$1" "$2"
}
finish() {
    echo "1..$count"
    exit $((failures > 0))
}
ranks() { # ranks N COMMAND…
    local n=$1
    shift
    ${MPIRUN:-mpirun} -n "$n" "$mpibert" "$@"
}

# Sentences of words that follow each other by a fixed rule, so that there is something to learn.
sentences() { # sentences SEED DOCUMENTS
    awk -v seed="$1" -v documents="$2" 'BEGIN {
        n = split("the a old river town small house stone bridge green water light people " \
                  "walk build cross near under over slowly often never winter summer market " \
                  "and with from grain boats carry morning evening bells ring children play", w)
        x = seed + 1
        for (d = 0; d < documents; d++) {
            for (s = 0; s < 6; s++) {
                x = (x * 16807) % 2147483647; at = x % n
                line = ""
                for (i = 0; i < 9; i++) {
                    line = line (i ? " " : "") w[at + 1]
                    x = (x * 16807) % 2147483647
                    at = (at * 7 + 3 + x % 3) % n
                }
                printf "%s.\n", toupper(substr(line, 1, 1)) substr(line, 2)
            }
            print ""
        }
    }'
}
make_corpus() { # shards/{0,1,2}.tar.gz, held.txt, vocab.txt
    mkdir -p shards
    local i
    for i in 0 1 2; do
        sentences $i 60 >"part-$i.txt"
        tar -czf "shards/$i.tar.gz" "part-$i.txt"
    done
    sentences 77 20 >held.txt
    "$mpibert" vocab --size 300 --format blankline --out vocab.txt shards/*.tar.gz >vocab.log
}
make_config() { # make_config > run.yaml; a model that trains in a second
    cat <<'EOF'
data:
  sources: [{path: "shards/*.tar.gz", format: blankline}]
  heldout: [{path: held.txt, format: blankline}]
  vocab: vocab.txt
model: {preset: tiny, layers: 2, hidden: 32, heads: 2, ffn: 64, max_positions: 64}
train:
  {sequence_length: 48, lanes: 6, lane_batch: 2, steps: 12, warmup_steps: 3,
   learning_rate: 1.0e-3, chunk_tokens: 256}
checkpoint: {dir: run, every_steps: 4, keep: 2}
EOF
}
field() { # field KEY FILE…: the values of a key in JSON lines or objects
    local key=$1
    shift
    grep -oh "\"$key\": *[^,}]*" "$@" | sed 's/^[^:]*: *//; s/"//g'
}
# What finetune refuses.
bad() { # bad CODE WORDS WHAT WORD…: of finetune; the code, a line with these words, and no folder
    local code=$1 words=$2 what=$3
    shift 3
    "$mpibert" finetune "$@" --from run --out bad --seeds 1 >bad.log 2>bad.err
    is $? "$code" "$what"
    grep -q -- "$words" bad.err
    ok $? "  is said: $words"
    [ ! -e bad ]
    ok $? "  and nothing is written"
}
variant() { # variant NAME FROM: a copy of a folder, to be spoilt
    rm -rf "$1" && cp -r "$2" "$1"
}
