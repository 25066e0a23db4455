# SPDX-License-Identifier: MIT
# Hashes of arrays, regular expressions, joins and sorts over a text and a table.
use strict;
use warnings;
my ($text, $table) = @ARGV;
my (%count, %lines, %index);
open my $in, '<', $text or die;
while (my $line = <$in>) {
  chomp $line;
  for my $word (split ' ', $line) {
    $count{$word}++;
    push @{ $lines{$word} }, $. if $word =~ /^(ba|ko)(\w*)o$/;
  }
  (my $title = $line) =~ s/(\w+)/\u$1/g;
  $index{ lc substr $title, 0, 12 } .= "$title;";
}
open $in, '<', $table or die;
my %rows;
while (<$in>) {
  chomp;
  my ($id, $key, $n, undef, $name) = split /,/;
  next if $id % 3;
  push @{ $rows{$key} }, { id => $id, n => $n, name => $name };
  last if $id > 12000;
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print join(',', @top[0 .. 9]), "\n";
print scalar(keys %index), ' ', scalar(keys %rows), "\n";
for my $key (sort keys %rows) {
  my $sum = 0;
  $sum += $_->{n} for @{ $rows{$key} };
  printf "%s %d\n", $key, $sum if $sum > 60000;
}
