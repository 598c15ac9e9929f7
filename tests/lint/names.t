#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: a symbol that other files can see says where it lives: it begins with the name of
# its file, of its room, of a struct in its file's header, or with a prefix that a row here
# grants the file.  Read from the objects, so that macros cannot hide one.
use strict;
use warnings;
use Test::More;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";
my $build = $ENV{BUILD} || 'build';

# file => other prefixes: where one header serves several files
my %granted = (
    'io/convert/convert.c'    => [qw(export import)],
    'io/readers/reader.c'     => [qw(line)],
    'mpi/agree.c'             => [qw(comm)],
    'src/base/rng.c'          => [qw(philox4x32)],
    'src/cli/main.c'          => [qw(main commands)],
    'src/train/step.c'        => [qw(stepper)],
    'src/core/compare.c'      => [qw(config)],
    'src/core/recipe.c'       => [qw(config)],
    'src/data/data_hash.c'    => [qw(loader)],
    'src/kernels/embedding.c' => [qw(rows)],
    'src/optim/adamw.c'       => [qw(bert_adam)],
    'src/text/unicode_tables.c' => [qw(tokenizer_tables)],
);

sub prefixes {
    my ($path) = @_;
    my ($room, $module) = $path =~ m{(\w+)/(\w+)\.c$};
    # io/readers/jsonl.c may have reader_jsonl
    my @all = ($module, $room, $room =~ s/s$//r, @{ $granted{$path} || [] });
    # cmd_train.c may say cmd_…, unicode_tables.c unicode_…
    push @all, $1 if $module =~ /^(\w+?)_/;
    my $header = $path =~ s/c$/h/r;
    push @all, code(text($header)) =~ /^struct (\w+) \{/gm if -f $header;
    return @all;
}

# reduce.c may have reduce_begin and the reducer's reducer_create.
sub is_home {
    my ($symbol, @prefixes) = @_;
    return scalar grep { $symbol =~ /^\Q$_\E(s|r|er)?($|_|[0-9])/ } @prefixes;
}

sub object_of { return "$build/" . $_[0] =~ s/\.c$/.o/r }

# {object => [external symbols]}: text, data, read-only data, zeroed and common data.
sub symbols {
    my %symbols;
    open my $nm, '-|', qw(nm -A -g --defined-only -P), @_ or die "nm: $!";
    /^(.+): (\S+) [TDRBCVGS]\b/ and push @{ $symbols{$1} }, $2 while <$nm>;
    return %symbols;
}

my @sources = files(qr{^(src|mpi|io)/.*\.c$});
my @built = grep { ok(-f object_of($_), "$_ is built") } @sources;
my %symbols = symbols(map { object_of($_) } @built);
cmp_ok(scalar keys %symbols, '>', @built / 2, 'there are symbols');
for my $path (@built) {
    my @prefixes = prefixes($path);
    my @strange = grep { !is_home($_, @prefixes) && !/^__|\.(?:\w+)$/ }
        @{ $symbols{ object_of($path) } };
    ok(!@strange, "$path: names") or diag("$path defines @strange; want a prefix of: "
            . "@prefixes (or static, or a row in names.t)");
}
ok(is_home('arena_alloc', prefixes('src/base/arena.c')), 'a name at home');
ok(is_home('slice_of', prefixes('src/base/str.c')), 'one of a struct in the header');
ok(!is_home('alloc_arena', prefixes('src/base/arena.c')), 'a name that is not');
ok(!is_home('arenaalloc', prefixes('src/base/arena.c')), 'nor one that only begins alike');
done_testing;
