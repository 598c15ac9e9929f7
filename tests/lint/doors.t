#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: files are opened, read, written, named and removed through the table of file
# operations (src/base/fs.h) and nowhere else, so that a test can make each of them fail.
# Libraries that open files themselves have a door of their own.
use strict;
use warnings;
use Test::More;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";

# The system's calls, and stdio's that begin with a name.
my $calls = join '|', qw(
    open open64 openat creat fopen freopen fdopen tmpfile mkstemp mkostemp mkdtemp
    read readv pread preadv write writev pwrite pwritev close lseek
    fsync fdatasync syncfs sync_file_range ftruncate truncate fallocate posix_fallocate
    rename renameat renameat2 link linkat symlink unlink unlinkat remove mkdir mkdirat rmdir
    access faccessat stat lstat fstat fstatat statx statvfs fstatvfs
    opendir fdopendir readdir closedir scandir copy_file_range sendfile flock
    archive_write_open_fd archive_write_open_filename archive_read_open_fd
    archive_read_open_filename archive_read_open_file
    yaml_parser_set_input_file json_load_file json_dump_file json_loadf json_dumpf gzopen
    H5Fopen H5Fcreate
);

# file => what it may call, and why.
my %doors = (
    'src/base/fs.c'      => qr{^(?!H5|archive)},    # the table itself
    'src/base/signals.c' => qr{^write$},            # a handler's last words, to the terminal
    'src/train/watchdog.c' => qr{^write$},         # a rank's last words
    'src/base/shared.c'  => qr{^(ftruncate|posix_fallocate|close)$}, # memory, no disk
    'io/ckpt/hdf5.c'     => qr{^H5F},               # HDF5 reads and shares files by itself
);

# "line: call" of every call of the system's; what a struct or a table has (`->read(`) is
# another's.
sub calls_in {
    my ($text) = @_;
    my @found;
    my $number = 0;
    for my $line (split /\n/, code($text)) {
        $number++;
        push @found, [$number, $1] while $line =~ /(?<![\w.>])($calls)\s*\(/g;
    }
    return @found;
}

for my $path (files(qr{^(src|mpi|io)/.*\.[ch]$})) {
    my $may = $doors{$path};
    my @faults = grep { !$may || $_->[1] !~ $may } calls_in(text($path));
    ok(!@faults, "$path goes through the table of file operations")
        or diag(map { "$path:$_->[0]: $_->[1](…) is fs->$_->[1](…), see src/base/fs.h\n" } @faults);
}

sub names_in { return [map { $_->[1] } calls_in($_[0])] }
is_deeply(names_in("int fd = open(path, 0);\n  if (fsync(fd) < 0)\n"), ['open', 'fsync'], 'calls are found');
is_deeply(names_in("fs->open(path, 0, 0); format->close(r); t.read(1); /* open(x) */ \"write(y)\"; ckpt_open(p)"),
    [], 'the table, members, comments, strings and longer names are none');

done_testing;
