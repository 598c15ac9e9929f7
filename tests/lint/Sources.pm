# SPDX-License-Identifier: Apache-2.0
# What the lint tests share: the files of the project and C text without its comments.
package Sources;
use strict;
use warnings;
use Exporter 'import';
use File::Find ();
our @EXPORT = qw(files text code);

# Every file of the project (committed, or new and not ignored), as paths from the top; of a
# release tarball, which has no .git, all that is not built.
sub files {
    my ($pattern) = @_;
    my @all;
    @all = split /\0/, `git ls-files -coz --exclude-standard 2>/dev/null` if -e '.git';
    if (!@all) {
        my $want = sub {
            $File::Find::prune = 1 if m{^\./(build|build-\w+|autom4te\.cache)$};
            push @all, s{^\./}{}r if -f $_;
        };
        File::Find::find({ wanted => $want, no_chdir => 1 }, '.');
        @all = grep { !m{^(configure|VERSION|config\.(mk|log|status))$} } @all;
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
