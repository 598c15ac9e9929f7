#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logic: a vocabulary is the same bytes for any number of ranks, any memory and any order of
# shards, after a kill too; options put lines where they say, or change what is learnt; the
# report adds up; and what cannot be is refused with its code.
. "$(dirname "$0")/lib.sh"
# Documents of one line whose words are random syllables: many different ones.
syllables() { # syllables SEED DOCUMENTS
    awk -v seed="$1" -v documents="$2" 'BEGIN {
        n = split("ba ke li mo nu ra se ti vo zu cha dre fli gro pla sta tru wen", s)
        srand(seed)
        for (d = 0; d < documents; d++) {
            line = ""
            for (i = 0; i < 12; i++) {
                word = ""
                for (k = int(4 * rand() * rand()); k >= 0; k--)
                    word = word s[1 + int(n * rand() * rand())]
                line = line (i ? " " : "") word
            }
            print line "."
        }
    }'
}
mkdir shards
for i in 0 1 2; do
    syllables $i 60 >"part-$i.txt"
    tar -czf "shards/$i.tar.gz" "part-$i.txt"
done
syllables 77 20 >held.txt
learn() { "$mpibert" vocab --size 300 --format lines "$@"; }
learn --out vocab.txt shards/*.tar.gz >/dev/null
is "$(wc -l <vocab.txt)" 300 "300 tokens"
code() { # code WANT "what" ARGUMENTS…
    local want=$1 what=$2
    shift 2
    "$mpibert" vocab --size 300 --out no.txt "$@" >/dev/null 2>err.log
    is $? "$want" "$what: $(tail -1 err.log)"
}

for n in 1 2 3; do
    ranks $n vocab --size 300 --format lines --memory 16KiB --temporary . --out tight.txt \
        shards/2.tar.gz shards/0.tar.gz shards/1.tar.gz >tight.log
    cmp vocab.txt tight.txt
    ok $? "16 KiB on $n ranks, shards in another order: the same bytes"
done
is "$(find . -name 'mpibert-words*' | wc -l)" 0 "no temporary files are left"

learn --out reserved.txt --unused 3 --round 64 shards/*.tar.gz >/dev/null
is "$(head -8 reserved.txt | tr '\n' ' ')" \
    "[PAD] [unused0] [unused1] [unused2] [UNK] [CLS] [SEP] [MASK] " "reserved behind [PAD]"
is "$(wc -l <reserved.txt) $(sed -n '301p;$p' reserved.txt | tr '\n' ' ')" \
    "320 [unused3] [unused22] " "300 tokens rounded up to 320"
cmp <(grep -v '^\[' reserved.txt) <(grep -v '^\[' vocab.txt | head -292)
ok $? "the rest as without"

learn --likelihood --min-count 2 --out rare.txt shards/*.tar.gz >/dev/null
[ "$(wc -l <rare.txt)" = 300 ] && ! cmp -s rare.txt vocab.txt
ok $? "by likelihood other pairs are merged"
ranks 2 vocab --size 300 --format lines --likelihood --min-count 2 --out rare2.txt \
    shards/*.tar.gz >/dev/null
cmp rare.txt rare2.txt
ok $? "  the same on 2 ranks"
learn --min-word-count 40 --out often.txt shards/*.tar.gz >often.log
[ "$(wc -l <often.txt)" -lt 300 ]
ok $? "without rare words there is less to learn: $(wc -l <often.txt) lines"

printf 'Caf\303\251 \344\270\255\345\234\213 caf\303\251 \344\270\255\345\234\213 caf\303\251\n' >odd.txt
accents() { "$mpibert" vocab --size 40 --out odd.out --format lines "$@" odd.txt >/dev/null && tr '\n' ' ' <odd.out; }
case $(accents) in *" cafe "*) ok 0 "uncased: no accents" ;; *) ok 1 "uncased" ;; esac
case $(accents --keep-accents) in *$'\303\251'*) ok 0 "accents kept" ;; *) ok 1 "accents kept" ;; esac
case $(accents --cased --min-count 1) in *" C "*$'Caf\303\251'*) ok 0 "cased" ;; *) ok 1 "cased" ;; esac
case $(accents --cased --strip-accents --min-count 1) in *" Cafe "*) ok 0 "cased, no accents" ;; *) ok 1 "cased, no accents" ;; esac
case $(accents) in *$'\344\270\255\345\234\213'*) ok 1 "ideographs alone" ;; *) ok 0 "ideographs alone" ;; esac
case $(accents --no-chinese-characters) in *$'\344\270\255\345\234\213'*) ok 0 "and together" ;; *) ok 1 "and together" ;; esac

# 60 ideographs, each a word: a line each; and 1,500, which the first 1,000 do not cover
ideographs() { # ideographs COUNT
    perl -CO -e 'print join("", map { chr(0x4e00 + $_) x 3 } 0 .. $ARGV[0] - 1), "。\n"' "$1"
}
ideographs 60 >few.txt
"$mpibert" vocab --size 80 --out few.out few.txt >few.log
is "$(wc -l <few.out) $(grep -c '^##' few.out)" "66 0" "ideographs take a line each"
grep -q '100.0000 % of all that occur' few.log && grep -q ' 0.0000 % are \[UNK\]' few.log
ok $? "none is lost"
grep -q 'note: 66 tokens, not 80' few.log
ok $? "less than --size is said"
"$mpibert" vocab --size 40 --out few.out few.txt >few.log
grep -q 'note: 41.9890 % of all characters are in no token, .*: 丣 两 ' few.log
ok $? "what is lost is said: $(grep 'in no token' few.log)"
ideographs 1500 >more.txt
"$mpibert" vocab --size 3000 --out more.out more.txt >/dev/null
is "$(wc -l <more.out)" 1505 "by default the alphabet goes on until it covers the text"
"$mpibert" vocab --size 3000 --alphabet 1000 --out more.out more.txt >/dev/null
is "$(wc -l <more.out)" 1005 "with --alphabet N it has N"

learn --out json.txt --json --heldout held.txt -- shards/*.tar.gz >report.json 2>/dev/null
perl -MJSON::PP -0777 -e '
    my $r = decode_json(<STDIN>);
    my ($training, $heldout) = @$r{qw(training heldout)};
    my @wrong;
    my $check = sub { push @wrong, $_[1] if !$_[0] };
    my $near = sub { abs($_[0] - $_[1]) < 1e-12 * $_[1] };
    $check->($r->{tokens} == 300, "tokens");
    $check->($training->{documents} == 180 && $heldout->{documents} == 20, "documents");
    $check->($training->{words} == 180 * 13, "words");
    for my $t ($training, $heldout) {
        $check->($near->($t->{tokens_a_word}, $t->{tokens} / $t->{words}), "tokens a word");
        $check->($t->{tokens_a_word} >= 1, "fewer tokens than words");
        $check->($near->($t->{tokens_a_byte}, $t->{tokens} / $t->{text_bytes}), "tokens a byte");
        $check->($t->{whole_words} > 0.3 && $t->{whole_words} < 1, "whole words");
        $check->($t->{unknown_words} < 0.01, "unknown words");
    }
    $check->($r->{peak_bytes} > $r->{words_bytes} && $r->{words_bytes} > 0, "memory");
    $check->($r->{seconds}{all} > 0, "seconds");
    print "# wrong: $_\n" for @wrong;
    exit(@wrong > 0)' <report.json
ok $? "the JSON report adds up"
ranks 2 vocab --size 300 --format lines --out v.txt --heldout held.txt --json -- shards/*.tar.gz >2.json 2>/dev/null
is "$(field unknown_words 2.json) $(field tokens_a_word 2.json)" \
    "$(field unknown_words report.json) $(field tokens_a_word report.json)" "the same on 2 ranks"
printf 'bake \320\226\n' >strange.txt
learn --out v.txt --heldout strange.txt -- shards/*.tar.gz | grep -q 'held-out text: .* 50.0000 % are \[UNK\]'
ok $? "one of two held-out words is unknown"

# A kill in the middle: a state file is there, and the command is not at its end.
mkdir many
for i in 1 2 3 4 5; do syllables "$i" 800 >"many/$i.txt"; done
"$mpibert" vocab --size 400 --format lines --out whole.txt many/*.txt >/dev/null
keep() { # keep TIME: exec, so that a kill hits the program
    exec "$mpibert" vocab --size 400 --format lines --state counts --save-every "$1" \
        --memory 64KiB --out killed.txt many/*.txt
}
(keep 0) >/dev/null 2>&1 &
for i in $(seq 500); do [ -s counts ] && break; sleep 0.01; done
kill -9 $! && wait $! 2>/dev/null
[ ! -e killed.txt ]
ok $? "killed before its end"
(keep 1h) >again.log
ok $? "the same command again"
grep -q 'documents had been counted before' again.log
ok $? "  goes on: $(head -1 again.log)"
cmp whole.txt killed.txt
ok $? "  to the same bytes"
grep -q ' 4000  documents read' again.log
ok $? "  and counts every document once"
is "$(find . -name 'counts.tmp' | wc -l)" 0 "  leaving nothing behind"
ranks 2 vocab --size 200 --format lines --state counts --out less.txt many/*.txt >less.log
grep -q '4000 documents had been counted' less.log && cmp -s <(head -200 whole.txt) less.txt
ok $? "another size from the same counts, on 2 ranks"
code 78 "counts of other options" --state counts --format lines --cased many/*.txt
code 78 "counts of what another filter kept" --state counts --format lines --filter web many/*.txt
code 78 "a filter that is none" --format lines --filter net many/*.txt
code 78 "counts of other shards" --state counts --format lines many/1.txt
printf x | dd of=counts bs=1 seek=99 conv=notrunc 2>/dev/null
code 65 "damaged counts" --state counts --format lines many/*.txt

# What gave nothing gives nothing the second time, either.
: >blank.txt
for time in first second; do
    code 65 "nothing at all, the $time time" --state none --format lines blank.txt
done

ranks 2 vocab --size 300 --format lines --out judged.txt --heldout blank.txt -- shards/*.tar.gz \
    >out 2>err
is $? 65 "held-out text of nothing"
[ ! -e judged.txt ]
ok $? "  is known before the vocabulary is written"

"$mpibert" tokenize --vocab vocab.txt held.txt >/dev/null
ok $? "tokenize takes it"
code 66 "no folder for the vocabulary" --out nowhere/v.txt --format lines shards/0.tar.gz
code 74 "a folder of its name" --out shards --format lines shards/0.tar.gz
: >empty.txt
code 65 "a source without a word" empty.txt
printf '\001\002\n' >controls.txt
code 65 "nor has this one" controls.txt
code 66 "no such folder" --memory 16KiB --temporary nowhere --format lines shards/*.tar.gz
code 66 "no such held-out text" --heldout nothing.txt -- shards/0.tar.gz
code 64 "too little memory" --memory 1KiB shards/0.tar.gz
code 64 "no size" --memory lots shards/0.tar.gz
code 64 "no time" --save-every soon shards/0.tar.gz
code 64 "too many reserved" --unused 290 shards/0.tar.gz
code 64 "accents kept and dropped" --keep-accents --strip-accents shards/0.tar.gz
code 64 "no rounding" --round -1 shards/0.tar.gz
[ ! -e no.txt ]
ok $? "nothing was written by what failed"
finish
