#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: a room includes only itself and rooms below it, headers are named from the top, and
# each outside library has one door.  The rows here are the house's plan; to pass by changing
# a row is to change the plan.
use strict;
use warnings;
use Test::More;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";

# room => what it may include beside itself (a room, or one header)
my %below = (
    'src/base'    => [],
    'src/core'    => [qw(src/base)],
    'src/kernels' => [qw(src/base)],
    'src/text'    => [qw(src/base src/core)],
    'mpi'         => [qw(src/base src/core)],
    'src/model'   => [qw(src/base src/core src/kernels)],
    'src/optim'   => [qw(src/base src/core src/kernels)],
    'io'          => [qw(src/base src/core)],
    'io/ckpt'     => [qw(src/base src/core io mpi/comm.h mpi/agree.h mpi/partition.h)],
    'src/filter'  => [qw(src/base src/core src/text)],
    'src/data'    => [qw(src/base src/core src/text src/filter io)],
    'src/sparse'  => [qw(src/base src/kernels)],
    'src/infer'   => [qw(src/base src/core src/kernels src/text src/model src/data io io/ckpt)],
    'src/task'    => [qw(src/base src/core src/text io)],
    'src/judge'   => [qw(src/base src/core src/text io)],
    'src/corpus'  => [qw(src/base src/core src/text src/filter mpi io)],
    'src/vocab'   => [qw(src/base src/core src/text src/filter mpi io src/corpus)],
);
my @all = (keys %below, 'src/train', 'src/dictionary', 'src/tune', 'src/bench');
$below{'src/train'} = [keys %below];
$below{'src/dictionary'} = [keys %below];
$below{'src/tune'}  = [keys %below];
$below{'src/bench'} = [keys %below];
$below{'src/cli'}   = [@all];

# outside header => the files that may include it
my %doors = (
    'mpi.h'           => qr{^(mpi/|io/ckpt/hdf5\.c$)}, # HDF5 takes an MPI_Comm
    'hdf5.h'          => qr{^io/ckpt/hdf5_parts\.h$},
    'archive.h'       => qr{^io/(unpack|shard_writer)\.c$},
    'archive_entry.h' => qr{^io/(unpack|shard_writer)\.c$},
    'yaml.h'          => qr{^io/syntax/yaml\.c$},
    'jansson.h'       => qr{^io/syntax/json\.c$},
    'expat.h'         => qr{^io/syntax/xml\.c$},
    'cblas.h'         => qr{^src/kernels/openblas\.c$},
    'hwloc.h'         => qr{^src/base/topology\.c$},
    'elf.h'           => qr{^src/base/symbols\.c$},
    'xxhash.h'        => qr{^src/base/hash\.c$},
    'xxh_x86dispatch.h' => qr{^src/base/hash\.c$},
    'getopt.h'        => qr{^src/cli/},
    'omp.h'           => qr{^src/(kernels|sparse|model|optim|train|bench|cli)/},
    'immintrin.h'     => qr{^src/(kernels/|text/bytes64\.c$)},
    'cpuid.h'         => qr{^src/kernels/},
    'sys/syscall.h'   => qr{^src/kernels/tile_amx\.c$},
    'zlib.h'          => qr{^io/gunzip\.c$},
    'pthread.h'       => qr{^src/(base|data|train)/},
);

# C11 and POSIX, for everybody
my %libc = map { ("$_.h" => 1) } qw(
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings
    tgmath time uchar wchar wctype dirent dlfcn endian fcntl fnmatch glob libgen poll sched
    semaphore termios unistd sys/file sys/ioctl sys/mman sys/resource sys/stat sys/statvfs
    sys/time sys/types sys/uio sys/utsname sys/wait execinfo);

# The longest room that the path lies in.
sub room_of {
    my ($path) = @_;
    my ($room) = grep { index($path, "$_/") == 0 } sort { length $b <=> length $a } keys %below;
    return $room;
}

sub may_include {
    my ($room, $header) = @_;
    my $other = room_of($header);
    return 0 if !defined $other;
    return 1 if $other eq $room;
    return 1 if $room eq 'io' && $other =~ m{^io/};    # io/convert reads checkpoints
    return scalar grep { $_ eq $other || $_ eq $header } @{ $below{$room} };
}

sub fault_of {
    my ($path, $room, $line, $own) = @_;
    if (my ($header) = $line =~ /^\s*#\s*include\s*"([^"]+)"/) {
        return "\"$header\" is not named from the top" if !-f $header;
        return "$room may not include $header" if !may_include($room, $header);
        return "its own header $$own comes first" if $$own && $header ne $$own && -f $$own;
        $$own = '';
    } elsif (($header) = $line =~ /^\s*#\s*include\s*<([^>]+)>/) {
        return "its own header $$own comes first" if $$own && -f $$own;
        return "<$header> belongs behind another door"
            if !$libc{$header} && !(defined $doors{$header} && $path =~ $doors{$header});
    }
    return;
}

my @sources = files(qr{^(src|mpi|io)/.*\.[ch]$});
cmp_ok(scalar @sources, '>', 0, 'there are sources');
for my $path (@sources) {
    my $room = room_of($path);
    if (!ok(defined $room, "$path lies in a room")) {
        next;
    }
    my $own = $path =~ /^(.*)\.c$/ ? "$1.h" : '';
    my @faults;
    my $number = 0;
    for my $line (split /\n/, text($path)) {
        $number++;
        my $fault = fault_of($path, $room, $line, \$own);
        push @faults, "$path:$number: $fault" if defined $fault;
    }
    ok(!@faults, "$path keeps to its rooms and doors") or diag(join "\n", @faults);
}
ok(!may_include('src/data', 'mpi/comm.h'), 'the table knows: data never sees MPI');
ok(!may_include('src/model', 'src/optim/optim.h'), 'nor a room its sibling');
ok(!may_include('io', 'mpi/comm.h'), 'nor readers MPI');
ok(may_include('io/ckpt', 'mpi/comm.h'), 'but checkpoints do');
done_testing;
