# SPDX-License-Identifier: MIT
# Counts words and pairs of words, then sorts and prints the commonest.
{
  for (i = 1; i <= NF; i++) {
    count[$i]++
    if (i > 1) pair[$(i - 1) " " $i] = pair[$(i - 1) " " $i] NR ","
  }
  line = toupper($0)
  gsub(/BA/, "<&>", line)
  if (length(line) > 90) kept[NR] = line
}
END {
  n = asorti(count, order)
  for (i = 1; i <= n; i++) if (count[order[i]] > 40) print order[i], count[order[i]]
  for (key in pair) if (split(pair[key], at, ",") > 7) print key, pair[key]
  print length(kept)
}
