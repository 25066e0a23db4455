// SPDX-License-Identifier: MIT
// What is recorded, one entry a trace. In `run` (a shell line) @ stands for the folder of
// programs and % for the folder of generated data. `program` is the executable to follow,
// `match` text in its arguments where several processes share that name. `package` is Debian's.

const python = { program: 'python3.11', package: 'python3', env: { PYTHONMALLOC: 'malloc', PYTHONHASHSEED: '0' } };

export const programs = [
  { name: 'sqlite', program: 'sqlite3', package: 'sqlite3', kind: 'database', run: 'sqlite3 :memory: < %/script.sql' },
  { name: 'redis', program: 'redis-check-rdb', package: 'redis-server', kind: 'key-value server under load',
    run: `redis-server --port 7399 --save '' --daemonize no --dir % & sleep 1
      redis-benchmark -p 7399 -n 9000 -c 20 -r 3000 -d 90 -t set,get,incr,lpush,lpop,sadd,hset,zadd,mset -q
      redis-cli -p 7399 eval "for i=1,4000 do redis.call('hset','h'..(i%50),'f'..i,string.rep('v',i%200)) end" 0
      redis-cli -p 7399 flushall
      redis-benchmark -p 7399 -n 6000 -c 20 -r 3000 -d 300 -t set,lpush -q
      redis-cli -p 7399 shutdown nosave; wait` },
  { name: 'lua', program: 'lua5.4', package: 'lua5.4', kind: 'interpreter', run: 'lua5.4 @/work.lua %/text.txt' },
  { name: 'phases', program: 'lua5.4', package: 'lua5.4', kind: 'repeating phases over a cache', run: 'lua5.4 @/phases.lua' },
  { name: 'python-json', ...python, kind: 'interpreter, JSON', run: '/usr/bin/python3 -S @/json_work.py %/records.json' },
  { name: 'python-ast', ...python, kind: 'interpreter, syntax trees', run: '/usr/bin/python3 -S @/ast_work.py' },
  { name: 'perl', program: 'perl', package: 'perl', kind: 'interpreter', run: 'perl @/work.pl %/text.txt %/table.csv' },
  { name: 'ruby', program: 'ruby3.1', package: 'ruby', kind: 'interpreter', run: 'ruby --disable-gems @/work.rb %/text.txt' },
  { name: 'gawk', program: 'gawk', package: 'gawk', kind: 'interpreter', run: 'gawk -f @/work.awk %/text.txt' },
  { name: 'php', program: 'php8.2', package: 'php8.2-cli', kind: 'interpreter', env: { USE_ZEND_ALLOC: '0' }, run: 'php8.2 -n @/work.php %/records.json' },
  { name: 'quickjs', program: 'python3.11', package: 'python3, with the wheel quickjs 1.19.4', kind: 'JavaScript engine',
    wheel: 'quickjs==1.19.4', run: `PYTHONPATH=$WHEELS /usr/bin/python3 -S -c "import sys, quickjs; quickjs.Context().eval('var print = function () {};' + open(sys.argv[1]).read())" @/work.js` },
  { name: 'mujs', program: 'mujs', package: 'mujs', kind: 'JavaScript engine', run: 'mujs @/work.js' },
  { name: 'jq', program: 'jq', package: 'jq', kind: 'JSON tool', run: `jq -c 'select(.active) | {id, n: (.name | ascii_upcase), h: [.history[].note | length] | add, t: (.tags | sort | join("+"))}' %/records.jsonl` },
  { name: 'xmllint', program: 'xmllint', package: 'libxml2-utils', kind: 'XML tool', run: `xmllint --format --xpath '//group[note]/item[@a0]' %/document.xml` },
  { name: 'git-log', program: 'git', match: 'log', package: 'git', kind: 'version control', setup: 'sh @/make-history.sh %/history %/text.txt', run: 'git -C %/history log --stat -p --no-color' },
  { name: 'git-repack', program: 'git', match: 'pack-objects', package: 'git', kind: 'version control', setup: 'sh @/make-history.sh %/history %/text.txt', run: 'git -C %/history -c pack.threads=1 repack -a -d -f' },
  { name: 'cc1plus', program: 'cc1plus', package: 'g++', kind: 'compiler', run: 'g++ -std=c++17 -O0 -S -o /dev/null @/containers.cpp' },
  { name: 'clang', program: 'clang', match: '-cc1 -triple', package: 'clang', kind: 'compiler', run: 'clang-14 -fno-integrated-cc1 -O1 -S -o /dev/null @/work.c' },
  { name: 'cmake', program: 'cmake', package: 'cmake', kind: 'build tool', run: 'cmake -P @/project.cmake' },
  { name: 'make', program: 'make', package: 'make', kind: 'build tool', run: 'make -n -f %/project.mk' },
  { name: 'imagemagick', program: 'convert-im6.q16', package: 'imagemagick', kind: 'image tool', env: { MAGICK_THREAD_LIMIT: '1' },
    run: `convert mvg:%/picture.mvg -blur 0x2 \\( +clone -resize 200x150 -rotate 20 \\) -composite +dither -colors 64 -define png:compression-level=6 png:/dev/null` },
  { name: 'ghostscript', program: 'gs', package: 'ghostscript', kind: 'document tool', run: 'gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=%/pages.pdf %/pages.ps' },
  { name: 'pdftotext', program: 'pdftotext', package: 'poppler-utils', kind: 'document tool', setup: 'gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=%/pages.pdf %/pages.ps', run: 'pdftotext -layout %/pages.pdf /dev/null' },
  { name: 'troff', program: 'troff', package: 'groff', kind: 'document tool', run: 'groff -t -ms -Tps %/paper.ms' },
  { name: 'dot', program: 'libgvc6-config-update', package: 'graphviz', kind: 'drawing tool', run: 'dot -Tsvg %/graph.dot' },
  { name: 'gnuplot', program: 'gnuplot-nox', package: 'gnuplot-nox', kind: 'drawing tool', run: 'gnuplot %/plot.gp' },
  { name: 'z3', program: 'z3', package: 'z3', kind: 'theorem prover', run: 'z3 @/puzzle.smt2' },
  { name: 'tesseract', program: 'tesseract', package: 'tesseract-ocr', kind: 'character recognition', env: { OMP_THREAD_LIMIT: '1' },
    setup: `convert -size 900x260 -pointsize 22 caption:"$(head -c 300 %/text.txt | tr '\\n' ' ')" %/scan.png`, run: 'tesseract %/scan.png -' },
  { name: 'openssl', program: 'openssl', package: 'openssl', kind: 'cryptography', run: 'openssl genrsa 1024' },
  { name: 'bash', program: 'bash', package: 'bash', kind: 'shell', run: 'bash @/work.sh' },
  { name: 'bc', program: 'bc', package: 'bc', kind: 'calculator', run: 'bc -q %/numbers.bc' },
  { name: 'ls', program: 'ls', package: 'coreutils', kind: 'small app', run: 'ls -l /usr/bin /usr/lib' },
  { name: 'file', program: 'file', package: 'file', kind: 'small app', run: 'file @/work.c @/work.lua %/pages.ps' },
];
