-- SPDX-License-Identifier: MIT
--
-- A day in the life of a database: a real text (SQLite's own header) is imported, split, indexed
-- and searched; then orders, documents, trees, blobs and transactions. Everything printed is
-- ordered and depends on nothing but scale() and the imported text.

PRAGMA page_size = 4096;
PRAGMA cache_size = -2000;
PRAGMA foreign_keys = ON;

.import data.txt lines

SELECT 'text', count(*), sum(length(text)), checksum(group_concat(text, char(10))) FROM lines;

-- Words, by way of the JSON parser.
CREATE TABLE words(line INTEGER REFERENCES lines(n), place INTEGER, word TEXT NOT NULL);
INSERT INTO words
  SELECT n, key, lower(value)
  FROM lines, json_each('["' || replace(replace(replace(replace(replace(replace(text,
    '\', ' '), '"', ' '), char(9), ' '), '(', ' '), ')', ' '), ' ', '","') || '"]')
  WHERE n <= 2000 * scale() AND value <> '';
CREATE INDEX words_by_word ON words(word, line);
ANALYZE;
SELECT 'words', count(*), count(DISTINCT word), max(length(word)) FROM words;
SELECT word, count(*) AS times, min(line), max(line)
  FROM words WHERE length(word) > 3 GROUP BY word ORDER BY times DESC, word LIMIT 20;
SELECT 'pairs', a.word, b.word, count(*) AS times
  FROM words AS a JOIN words AS b ON b.line = a.line AND b.place = a.place + 1
  GROUP BY 2, 3 ORDER BY times DESC, 2, 3 LIMIT 12;

-- Full-text search.
CREATE VIRTUAL TABLE pages USING fts5(title, body, tokenize = 'porter unicode61');
INSERT INTO pages
  SELECT 'part ' || (n / 20), group_concat(text, ' ')
  FROM lines WHERE n <= 2500 * scale() GROUP BY n / 20;
SELECT 'fts', rowid, title, length(body), snippet(pages, 1, '[', ']', '...', 8)
  FROM pages WHERE pages MATCH 'memory AND alloc*' ORDER BY bm25(pages), rowid LIMIT 8;
SELECT 'near', count(*) FROM pages WHERE pages MATCH 'NEAR(database connection, 4)';
UPDATE pages SET title = title || ' (seen)' WHERE pages MATCH 'mutex';
DELETE FROM pages WHERE pages MATCH 'deprecated';
INSERT INTO pages(pages) VALUES ('optimize');
SELECT 'fts left', count(*), sum(length(title)) FROM pages;

-- Customers and orders from a small generator.
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT UNIQUE, city TEXT, note TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers(id)
  ON DELETE CASCADE, item TEXT, amount REAL, day INTEGER);
WITH RECURSIVE step(i, seed) AS (
  SELECT 1, 12345
  UNION ALL
  SELECT i + 1, (seed * 1103515245 + 12345) % 2147483648 FROM step WHERE i < 250 * scale())
INSERT INTO customers
  SELECT i, printf('customer %05d', seed % 100000 * 10000 + i), 'city ' || (seed / 65536 % 37),
         substr('a note that is sometimes short and sometimes rather long', 1, seed / 256 % 57)
  FROM step;
WITH RECURSIVE step(i, seed) AS (
  SELECT 1, 54321
  UNION ALL
  SELECT i + 1, (seed * 1103515245 + 12345) % 2147483648 FROM step WHERE i < 2500 * scale())
INSERT INTO orders
  SELECT i, 1 + seed / 65536 % (250 * scale()), 'item ' || (seed / 1024 % 211),
         (seed % 100000) / 100.0, i % 365
  FROM step;
CREATE INDEX orders_by_customer ON orders(customer);
CREATE INDEX orders_by_item ON orders(item, amount DESC) WHERE amount > 250;
SELECT city, count(DISTINCT customers.id), count(orders.id), round(sum(amount), 2)
  FROM customers LEFT JOIN orders ON customer = customers.id
  GROUP BY city ORDER BY 4 DESC, 1 LIMIT 10;
SELECT 'window', item, day, amount, rank, round(running, 2) FROM (
  SELECT item, day, amount, orders.id,
         rank() OVER (PARTITION BY item ORDER BY amount DESC, orders.id) AS rank,
         sum(amount) OVER (PARTITION BY item ORDER BY day, orders.id) AS running
  FROM orders) WHERE rank <= 2 ORDER BY item, rank LIMIT 14;

-- Triggers, views, upserts, savepoints.
CREATE TABLE journal(id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER order_gone AFTER DELETE ON orders BEGIN
  INSERT INTO journal(what) VALUES ('order ' || old.id || ' of ' || old.customer || ' deleted');
END;
CREATE VIEW best AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
BEGIN;
DELETE FROM customers WHERE id % 9 = 0;
SAVEPOINT risky;
UPDATE orders SET amount = amount * 1.1, item = item || ' (dearer)' WHERE day < 180;
SELECT 'inside', count(*), round(sum(amount), 2) FROM orders;
ROLLBACK TO risky;
RELEASE risky;
COMMIT;
SELECT 'outside', count(*), round(sum(amount), 2), (SELECT count(*) FROM journal) FROM orders;
BEGIN;
DELETE FROM orders;
ROLLBACK;
INSERT INTO customers(id, name, city) SELECT id, name || '!', 'moved' FROM customers WHERE id < 90
  ON CONFLICT(id) DO UPDATE SET name = excluded.name, city = excluded.city;
SELECT 'best', name, city, round(total, 2)
  FROM best JOIN customers ON customers.id = customer ORDER BY total DESC, name LIMIT 6;

-- Documents.
CREATE TABLE documents(id INTEGER PRIMARY KEY, doc TEXT);
INSERT INTO documents
  SELECT customers.id, json_object('name', name, 'city', city, 'orders',
    json_group_array(json_object('id', orders.id, 'item', item, 'amount', amount)))
  FROM customers JOIN orders ON customer = customers.id GROUP BY customers.id;
UPDATE documents SET doc = json_set(doc, '$.tags', json_array('a', id, NULL), '$.size',
  json_array_length(doc, '$.orders'));
UPDATE documents SET doc = json_patch(doc, '{"city": null, "checked": true}') WHERE id % 3 = 0;
CREATE INDEX documents_by_size ON documents(json_extract(doc, '$.size'));
SELECT 'documents', count(*), sum(length(doc)), checksum(group_concat(doc, char(10)))
  FROM (SELECT doc FROM documents ORDER BY id);
SELECT json_extract(value, '$.item') AS item, count(*), round(sum(value ->> '$.amount'), 2)
  FROM documents, json_each(doc, '$.orders') GROUP BY item ORDER BY 2 DESC, 1 LIMIT 6;

-- Thousands of small statements, each parsed on its own.
CREATE TABLE settings(name TEXT PRIMARY KEY, value, changed INTEGER DEFAULT 0) WITHOUT ROWID;
.run SELECT printf('INSERT INTO settings(name, value) VALUES (%Q, %Q) ON CONFLICT(name) DO UPDATE SET value = value || %Q, changed = changed + 1 WHERE length(value) < 400;', 'key ' || (n * 7919 % 500), substr(text, 1, 60), text) FROM lines WHERE n <= 500 * scale()
.run SELECT printf('UPDATE settings SET changed = changed + (SELECT count(*) FROM customers WHERE city = %Q AND id BETWEEN %d AND %d) WHERE name LIKE %Q', 'city ' || (n % 37), n, n + 40, 'key ' || n) FROM lines WHERE n <= 40 * scale()
SELECT 'settings', count(*), sum(changed), checksum(group_concat(value)) FROM settings;

-- Large blobs, and text that grows.
CREATE TABLE blobs(id INTEGER PRIMARY KEY, data BLOB);
WITH RECURSIVE step(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM step WHERE i < 4 * scale())
INSERT INTO blobs
  SELECT i, CAST((SELECT group_concat(text, i) FROM lines WHERE n % 32 = i % 32) AS BLOB)
  FROM step;
INSERT INTO blobs VALUES (1000, zeroblob(300000 + 50000 * scale()));
UPDATE blobs SET data = CAST(data || data AS BLOB) WHERE id % 4 = 0;
DELETE FROM blobs WHERE id % 5 = 2;
UPDATE blobs SET data = CAST(replace(data, 'sqlite3', 'heap') AS BLOB) WHERE id % 3 = 0;
SELECT 'blobs', count(*), sum(length(data)), sum(checksum(data)) FROM blobs;

-- Recursion: a picture and a puzzle.
WITH RECURSIVE
  xs(x) AS (VALUES (-2.0) UNION ALL SELECT x + 0.05 FROM xs WHERE x < 1.2),
  ys(y) AS (VALUES (-1.0) UNION ALL SELECT y + 0.1 FROM ys WHERE y < 1.0),
  orbit(n, cx, cy, x, y) AS (
    SELECT 0, x, y, 0.0, 0.0 FROM xs, ys
    UNION ALL
    SELECT n + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM orbit
    WHERE x * x + y * y < 4.0 AND n < 5 + 2 * scale()),
  depth(n, cx, cy) AS (SELECT max(n), cx, cy FROM orbit GROUP BY cx, cy),
  rows(line) AS (SELECT group_concat(substr(' .:-=+*#%@', 1 + min(n * 10 / 16, 9), 1), '')
    FROM (SELECT * FROM depth ORDER BY cy, cx) GROUP BY cy)
SELECT rtrim(line) FROM rows;
WITH RECURSIVE
  input(sud) AS (
    VALUES ('53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79')),
  digits(z, lp) AS (
    VALUES ('1', 1) UNION ALL SELECT CAST(lp + 1 AS TEXT), lp + 1 FROM digits WHERE lp < 9),
  x(s, ind) AS (
    SELECT sud, instr(sud, '.') FROM input
    UNION ALL
    SELECT substr(s, 1, ind - 1) || z || substr(s, ind + 1),
           instr(substr(s, 1, ind - 1) || z || substr(s, ind + 1), '.')
    FROM x, digits AS z
    WHERE ind > 0 AND NOT EXISTS (
      SELECT 1 FROM digits AS lp
      WHERE z.z = substr(s, ((ind - 1) / 9) * 9 + lp, 1)
         OR z.z = substr(s, ((ind - 1) % 9) + (lp - 1) * 9 + 1, 1)
         OR z.z = substr(s, (((ind - 1) / 3) % 3) * 3 + ((ind - 1) / 27) * 27 + lp
                            + ((lp - 1) / 3) * 6, 1)))
SELECT 'puzzle', s FROM x WHERE ind = 0;

DROP TABLE words;
VACUUM;
PRAGMA integrity_check;
PRAGMA page_count;
SELECT 'rows', (SELECT count(*) FROM lines), (SELECT count(*) FROM orders), total_changes();
