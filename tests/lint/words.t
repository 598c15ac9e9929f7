#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: one word, one meaning.  A type that headers show to others has a name of its own,
# and the words here, which many things could be called, name one thing each: as types and
# as files they are only where a row says.  To name another thing, find its own word.
use strict;
use warnings;
use Test::More;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";

# word => [what it means, the types and files that may have it]
my %words = (
    block => ['documents in memory, in which the examples of a lane are shuffled',
        qr{^src/data/block\.[ch](: block)?$}],
    run => ['a training, from its first step to its last',
        qr{^(src/tune/tuning\.c: run|src/core/predictions\.h: prediction_run)$}],
    place => ['the cores of a host that a rank has', qr{^mpi/place}],
    head => ['what makes answers of hidden states; of attention, one of its parallel parts',
        qr{^(src/model/|io/convert/huggingface\.c: head$)}],
    pack => ['to fill examples with passages (data.packing)', qr{^src/data/pack\.[ch]}],
);

# Other meanings that stand, each with its own word before or after.
my @standing = (
    qr{^src/model/state\.h: block$},           # all that the model computes in
    qr{^src/model/(places|rows)\.h(: |$)},     # where the tensors of a part lie in a table
    qr{^src/model/\w+\.h: \w+_places$},
    qr{^src/base/arena\.c: arena_block$},      # of an allocator
    qr{^src/kernels/(decoder\.c: vocab_block|normal\.c: blocks)$}, # what fits a cache
    qr{^src/filter/places\.[ch]$},             # within a line
);

# "path: tag" of every struct, union and enum that a text defines.
sub tags {
    my ($path, $text) = @_;
    return map { "$path: $_" } code($text) =~ /^(?:static const |static )?(?:struct|union|enum) (\w+) \{/gm;
}

sub has_word {
    my ($name, $word) = @_;
    my ($last) = $name =~ /(\w+)(?:\.\w+)?$/;
    return $last =~ /(?:^|_)${word}s?(?:_|$)/;
}

sub strange {
    my ($name, $word) = @_;
    return has_word($name, $word) && $name !~ $words{$word}[1] && !grep { $name =~ $_ } @standing;
}

my (@names, %shown);
for my $path (files(qr{^(src|mpi|io)/.*\.([ch]|def)$})) {
    my @tags = tags($path, text($path));
    push @names, $path, @tags;
    next if $path !~ /\.h$/;
    push @{ $shown{ s/.*: //r } }, $path for @tags;
}
cmp_ok(scalar @names, '>', 500, 'there are names');
for my $word (sort keys %words) {
    my @strange = grep { strange($_, $word) } @names;
    ok(!@strange, "$word: $words{$word}[0]") or diag(map { "$_ means something else\n" } @strange);
}
delete $shown{block}; # of src/model/state.h, as above
my @twice = grep { @{ $shown{$_} } > 1 } sort keys %shown;
ok(!@twice, 'a type of a header has a name of its own')
    or diag(map { "$_: @{ $shown{$_} }\n" } @twice);
for my $row (@standing) {
    ok(scalar(grep { $_ =~ $row } @names), "$row still stands, else its row goes");
}

# The judge must see what it is there to see.
ok(strange('src/x/y.h: block', 'block'), 'a type in another room');
ok(strange('src/x/row_block.c', 'block'), 'a file');
ok(!strange('src/data/block.h: block', 'block'), 'but not where it belongs');
ok(!strange('src/x/y.h: blocking', 'block'), 'nor another word');
is_deeply([tags('a.h', "struct a {\n};\nstruct b *c;\n/* struct d { */\n")], ['a.h: a'], 'types');
done_testing;
