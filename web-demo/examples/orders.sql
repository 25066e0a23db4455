-- SPDX-License-Identifier: MIT
-- Customers, orders, an index and a few questions, in memory.

CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, item TEXT, amount REAL);

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO customers SELECT i, 'customer ' || i, 'city ' || (i * 7919 % 50) FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO orders SELECT i, 1 + i * 104729 % 2000, 'item ' || (i % 300), i * 37 % 1000 / 10.0 FROM n;

CREATE INDEX orders_by_customer ON orders(customer);

SELECT city, count(*), round(sum(amount), 2) FROM orders JOIN customers ON customers.id = customer
  GROUP BY city ORDER BY sum(amount) DESC LIMIT 5;
SELECT item, count(*) FROM orders GROUP BY item ORDER BY count(*) DESC, item LIMIT 3;
DELETE FROM orders WHERE id % 3 = 0;
SELECT 'left', count(*) FROM orders;
