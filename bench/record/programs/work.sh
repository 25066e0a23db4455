# SPDX-License-Identifier: MIT
# Strings, arrays and functions in a shell, no other process.
declare -A seen
join() { local IFS=,; echo "$*" > /dev/null; }
for ((round = 0; round < 12; round++)); do
  list=()
  for ((n = 0; n < 250; n++)); do
    word="w$((n * 7919 % 613))-$round"
    list+=("${word//1/one}")
    seen[${word%%-*}]+="$n "
  done
  join "${list[@]}"
  text=${list[*]}
  upper=${text^^}
  [[ $upper =~ W([0-9]+)-1 ]] && last=${BASH_REMATCH[1]}
  case $text in *w99*) last+=x ;; esac
done
printf '%s %s\n' "${#seen[@]}" "$last"
