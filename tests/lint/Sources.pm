# SPDX-License-Identifier: Apache-2.0
# What the lint tests share: the files of the project and C text without its comments.
package Sources;
use strict;
use warnings;
use Exporter 'import';
use File::Find ();
our @EXPORT = qw(files text code);

# What is at the top of the tree; the rest there is the user's (run.yaml, notes, shards).
my @top = qw(src mpi io jobs tests Makefile configure.ac README.md SECURITY.md LICENSE .gitignore .clang-format .ci);

# Every file of the project, as paths from the top: what git tracks; without git (a release
# tarball, another's clone) what lies in the rooms.  A user's own file is none of it.
sub files {
    my ($pattern) = @_;
    my @all = -e '.git' ? split /\0/, `git ls-files -cz 2>/dev/null` : ();
    if (!@all) {
        my $want = sub { push @all, s{^\./}{}r if -f $_ };
        File::Find::find({ wanted => $want, no_chdir => 1 }, grep { -e $_ } @top);
    }
    return grep { -f $_ && /$pattern/ } sort @all;
}

sub text {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!";
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

# C text with comments, strings and characters blanked, so that braces and words in them do
# not count; line numbers stay.
sub code {
    my ($text) = @_;
    my $blank = sub { $_[0] =~ s/[^\n]/ /gr };
    $text =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}{$blank->($1)}gse;
    return $text;
}

1;
