#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: what is long or deep is hard to read.  Functions over 50 lines (of tests: 60) fail
# unless a comment in them says why (`long: reason`); statements nested deeper than three
# fail unless one says `deep: reason`; files over 500 lines are named, over 800 fail
# (generated tables excepted).
use strict;
use warnings;
use Test::More;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";

# The functions of a file: what begins in the first column and ends with a brace there.
sub functions {
    my ($text) = @_;
    my @raw = split /\n/, $text;
    my @code = split /\n/, code($text);
    my (@found, $start, $head);
    for my $i (0 .. $#code) {
        $head = $i if $code[$i] =~ /^[A-Za-z_]/ && $code[$i] !~ /^\w+:$/;
        $start = $head if $code[$i] =~ /^(?!struct\s+\w+\s*\{|enum|union)\S.*\)\s*\{\s*$|^\s+.*\)\s*\{\s*$/
            && !defined $start && defined $head && $code[$head] =~ /\(/ && $code[$head] !~ /=/;
        next if !defined $start || $code[$i] ne '}';
        my ($name) = $code[$start] =~ /(\w+)\s*\(/;
        push @found, { name => $name, line => $start + 1, length => $i - $start + 1,
                       raw => join("\n", @raw[$start .. $i]), code => [@code[$start .. $i]] };
        undef $start;
    }
    return @found;
}

# How many statements a statement lies in, by the indentation that clang-format gives.
sub depth {
    my ($function) = @_;
    my $deepest = 0;
    for (@{ $function->{code} }) {
        next if !/^( +)(?:\} )?(?:else )?(?:if|for|while|do|switch)\b/ || /^\s*\} while/;
        my $depth = int(length($1) / 4);
        $deepest = $depth if $depth > $deepest;
    }
    return $deepest;
}

# The most lines of a function.
sub most { return $_[0] =~ /^tests/ ? 60 : 50 }

sub judge {
    my ($path, $f) = @_;
    my $where = "$path:$f->{line}: $f->{name}";
    my @faults;
    push @faults, "$where: $f->{length} lines and no 'long: reason'"
        if $f->{length} > most($path) && $f->{raw} !~ m{/\* long: \w};
    my $depth = depth($f);
    push @faults, "$where: $depth statements deep and no 'deep: reason'"
        if $depth > 3 && $f->{raw} !~ m{/\* deep: \w};
    return @faults;
}

my @lengths;
for my $path (files(qr{^(src|mpi|io|tests)/.*\.[ch]$})) {
    my $text = text($path);
    my $lines = ($text =~ tr/\n//);
    my $generated = $text =~ m{\A(?:.*\n){0,9}.*\b(?:generated|made by)\b}i;
    diag("$path: $lines lines") if $lines > 500 && !$generated;
    my @faults;
    push @faults, "$path: $lines lines" if $lines > 800 && !$generated;
    for my $function (functions($text)) {
        push @lengths, $function->{length} if $path !~ /^tests/;
        push @faults, judge($path, $function);
    }
    ok(!@faults, "$path: sizes") or diag(join "\n", @faults);
}
@lengths = sort { $a <=> $b } @lengths;
my $median = @lengths ? $lengths[@lengths / 2] : 0;
cmp_ok(scalar @lengths, '>', 20, 'functions were found');
cmp_ok($median, '<=', 15, "the median function of " . @lengths . " has $median lines");

# The judge must see what it is there to see.
my $long = "static int f(int a,\n             int b) {\n" . "    a++;\n" x 48 . "}\n";
my $deep = "int g(void) {\n    for (;;)\n        if (x)\n            while (y)\n                if (z)\n"
    . "                    a();\n}\n";
is(scalar(map { judge('src/x.c', $_) } functions($long)), 1, 'a function of 51 lines is a fault');
is(scalar(map { judge('tests/x.c', $_) } functions($long)), 0, 'in a test it is none');
is(scalar(map { judge('src/x.c', $_) } functions($long =~ s/    a\+\+;\n//r)), 0, 'nor is one of 50');
is(scalar(map { judge('src/x.c', $_) } functions($long =~ s/a\+\+;/\/* long: a table *\//r)), 0,
    'unless it says why');
is(scalar(map { judge('x', $_) } functions($deep)), 1, 'so is a fourth statement within three');
is(scalar(map { judge('x', $_) } functions("int t[] = {\n" . "    1,\n" x 200 . "};\n")), 0,
    'a table is no function');
done_testing;
