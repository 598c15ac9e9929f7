#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: what is not read is named with its reason by every command; where damage stops a run
# it does so too; and a source that gives no document at all ends every command with 65, one
# line that names each of its files, and no result.  Beside text it costs nothing but a
# warning.
. "$(dirname "$0")/lib.sh"
make_corpus
make_config >run.yaml
m=$mpibert

# Files of the kinds that were once taken for text, or passed over without a name.
printf '!<arch>\nfile.txt/       0           0     0     644     5         `\ntext\n' >a.ar
printf '<!-- a comment -->\n<note><to>Tove</to></note>\n' >b.xml
printf '["One.", "Two."]\n' >c.json
printf 'a/b.warc.gz\na/c.warc.gz\n' >d.paths
printf '\037\235\220\000\001' >e.Z
printf 'a\0b' >f.bin
: >g.txt
printf '<!DOCTYPE html><p>Project Gutenberg</p>\n' | gzip >h.html.gz
mkdir i && ln -s none i/link && tar -cf j.tar i
kinds='an ar archive|XML of no known kind|JSON without objects|a list of addresses or paths'
kinds="$kinds|packed by compress|no text in a format known here|is empty|HTML|without a file in it"
nothing=(a.ar b.xml c.json d.paths e.Z f.bin g.txt h.html.gz j.tar)

# ends COMMAND…: it does so with 65 and a line that names all files and reasons
ends() {
    "$@" >out 2>err </dev/null
    is $? 65 "65: ${*:2}"
    is "$(grep -c 'error:' err)" 1 "  once"
    is "$(grep 'error:' err | grep -oE "$kinds" | sort -u | wc -l)" 9 "  with each reason"
    is "$(grep 'error:' err | grep -oE ' [a-j]\.[a-z.A-Z]*: ' | sort -u | wc -l)" 9 "  and file"
}
ends "$m" corpus stats "${nothing[@]}"
grep -q 'Passed over' out
ok $? "  behind its report"
ends "$m" corpus stats --json "${nothing[@]}"
ends "$m" corpus dedup "${nothing[@]}" --out never.txt
ends "$m" corpus extract "${nothing[@]}" --out never
ends "$m" corpus reshard "${nothing[@]}" --out never --shards 1
ends "$m" vocab --size 300 --out never.txt "${nothing[@]}"
ends ranks 2 corpus extract "${nothing[@]}" --out never
mkdir none && cp "${nothing[@]}" none
of_none=(--set 'data.sources[0].path=none/*' --set 'data.sources[0].format=auto' --set train.lanes=1)
ends "$m" train run.yaml "${of_none[@]}" --set checkpoint.dir=begun
ends "$m" bench loader run.yaml "${of_none[@]}"
"$m" train run.yaml --set train.steps=2 >log 2>&1
ok $? "a model to judge with"
ends "$m" eval run --data "${nothing[@]}"
is "$(find . -name 'never*' | wc -l)" 0 "no result is left of any"

# Beside text: named and counted, or a stop.
"$m" corpus extract "${nothing[@]}" 'shards/*' --format auto --out some >out 2>err
ok $? "beside text it is passed over"
is "$(grep 'warning:' err | grep -oE "$kinds" | sort -u | wc -l)" 9 "  with a warning each"
grep -qE '^ +8  files and members not read' out
ok $? "  and counted"
for file in "${nothing[@]}"; do
    "$m" corpus extract "$file" 'shards/*' --out never --set data.on_error=stop >out 2>err
    is $? 65 "or stops: $file"
    grep 'error:' err | grep -q "$file"
    ok $? "  and is named"
done

# A source of a configuration gives something, whatever the others give.
sed 's|sources: \[|&{path: "none/*"}, |' run.yaml >two.yaml
"$m" corpus stats two.yaml >out 2>err
is $? 65 "each source of a configuration for itself"
grep 'error:' err | grep -q 'source none'
ok $? "  and it is named"
"$m" corpus extract 'shards/*' --out never --filter web --set filter.min_words=1000000 >out 2>err
is $? 65 "where filters drop all there is no result either"
grep -q 'not one of .* documents was kept' err
ok $? "  and why"
finish
