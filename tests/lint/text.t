#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: every file names its licence on its first line (behind #! on its second), C files go
# on to say what they are, and no file knows whose machine it was written on.
use strict;
use warnings;
use Test::More;
use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";

# Files that cannot hold a comment, or are one.
my $bare = qr{^LICENSE$|^tests/golden/|^tests/fuzz/corpus/|\.(json|jsonl|txt|gz|bz2|zst|xz|tar|bin|warc|h5)$};
# First folders of paths that every Unix has; any other that exists here is this machine's own.
my %everywhere = map { ($_ => 1) } qw(usr bin sbin etc dev proc sys lib lib64 var boot run);
my %private = map { ($_ => 1) } qw(home root users mnt media srv);

sub licence_fault {
    my @lines = split /\n/, $_[0], 3;
    my $line = @lines && $lines[0] =~ /^#!/ ? $lines[1] : $lines[0];
    return defined $line && $line =~ /SPDX-License-Identifier: Apache-2\.0/ ? () : 'no SPDX line';
}

sub form_faults {
    my ($path, $text) = @_;
    my @faults;
    push @faults, 'no line feed at its end' if $text !~ /\n\z/;
    push @faults, 'carriage returns' if $text =~ /\r/;
    push @faults, 'blanks at the end of a line' if $text =~ /[ \t]+$/m;
    push @faults, 'tabs' if $path =~ /\.[chtp]|\.(sh|yaml|def)$/ && $text =~ /\t/;
    push @faults, 'does not say what it is' if $path =~ /\.[ch]$/ && $text !~ m{\A.*\n/\* \S};
    return @faults;
}

sub path_faults {
    my ($text) = @_;
    my @faults;
    while ($text =~ m{(?:^|[\s"'=(`,:])(/([a-z][\w.+-]*)/[\w./+-]*)}gmi) {
        my ($path, $first) = ($1, lc $2);
        next if $everywhere{$first} || $path =~ m{^/tmp/mpibert};
        push @faults, "names the place $path" if $private{$first} || -d "/$first";
    }
    return @faults;
}

for my $path (files(qr{.})) {
    next if $path =~ $bare || -l $path;
    my $text = text($path);
    my @faults = (licence_fault($text), form_faults($path, $text), path_faults($text));
    ok(!@faults, "$path: licence, form, places") or diag("$path: ", join '; ', @faults);
}
is_deeply([licence_fault("#!/bin/sh\n# nothing\n")], ['no SPDX line'], 'a missing licence');
is_deeply([licence_fault("#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n")], [], 'one behind #!');
is(scalar(my @a = path_faults("cd " . join('/', '', 'home', 'ann', 'data'))), 1, "a path of Ann's");
is(scalar(my @b = path_faults("#!/usr/bin/env bash\n")), 0, 'a path of everybody');
is(scalar(my @c = path_faults("see https://example.org/a/b and a/b/c")), 0, 'no path of a disk');

# A user's own files beside ours are not judged, with git or without.
my $clone = File::Temp->newdir;
mkdir "$clone/src";
for my $name (qw(src/ours.c README.md run.yaml notes)) {
    open my $out, '>', "$clone/$name" or die "$clone/$name: $!";
}
chdir $clone;
is_deeply([files(qr{.})], [qw(README.md src/ours.c)], 'without git: what lies in the rooms');
SKIP: {
    skip 'no git here', 1
        if system('git init -q . 2>/dev/null && git add src/ours.c README.md 2>/dev/null');
    is_deeply([files(qr{.})], [qw(README.md src/ours.c)], 'with git: what it tracks');
}
chdir '/';
done_testing;
