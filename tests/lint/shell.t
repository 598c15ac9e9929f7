#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Logic: shellcheck finds no fault in the scripts that users run, job scripts above all: of most
# schedulers there is none here that could try them.
use strict;
use warnings;
use Test::More;
use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use Sources;

chdir "$FindBin::Bin/../..";
if (system('command -v shellcheck >/dev/null')) {
    diag('SKIPPED, no script was checked: needs shellcheck (jobs/local/deps.sh lint)');
    plan skip_all => 'needs shellcheck';
}
sub faults { return scalar qx{shellcheck -s bash -S warning -f gcc @_ 2>&1} }

my @scripts = grep { text($_) =~ /\A#!.*sh\n/ || /\.sh$/ } files(qr{^jobs/});
cmp_ok(scalar @scripts, '>', 12, 'there are scripts');
is(faults(map { "'$_'" } @scripts), '', 'and nothing to say of them');

my $wrong = File::Temp->new;
print $wrong "#!/bin/bash\ncd \$1\nrm *\n";
close $wrong;
isnt(faults($wrong), '', 'one that is wrong is seen');
done_testing;
