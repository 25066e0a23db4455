# SPDX-License-Identifier: MIT
# A repository with some history: make-history.sh <folder> <text>. Same content every time.
set -eu
[ -d "$1/.git" ] && exit 0
git init -q -b main "$1"
text=$(realpath "$2")
cd "$1"
git config user.name nobody
git config user.email nobody@localhost
git config gc.auto 0
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
n=0
while [ $n -lt 90 ]; do
  mkdir -p "part$((n % 7))"
  tail -n +$((n * 31 + 1)) "$text" | head -n 400 > "part$((n % 7))/file$((n % 19)).txt"
  sed -n "$((n * 3 + 1)),$((n * 3 + 9))p" "$text" >> notes.txt
  git add -A
  git commit -q -m "change $n"
  n=$((n + 1))
done
