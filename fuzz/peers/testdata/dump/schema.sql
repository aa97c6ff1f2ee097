-- A schema with what users of MySQL and MariaDB have, and rows that are hard to
-- write down. TestDump sends it to both and takes their dumps.
SET NAMES utf8mb4;
SET time_zone = '+02:00';
DROP DATABASE IF EXISTS shop;
CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE shop;

CREATE TABLE numbers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  b1 TINYINT(1) NOT NULL DEFAULT 1, t TINYINT, tu TINYINT UNSIGNED ZEROFILL, s SMALLINT, m MEDIUMINT UNSIGNED, i INT(5) UNSIGNED ZEROFILL,
  b BIGINT, bu BIGINT UNSIGNED DEFAULT 18446744073709551615, d DECIMAL(65,30), d0 DECIMAL(10,0) DEFAULT 0, du DECIMAL(8,3) UNSIGNED ZEROFILL,
  f FLOAT, g DOUBLE, ff FLOAT(7,3), bit1 BIT(1) DEFAULT b'1', bit9 BIT(9) DEFAULT b'101', bit64 BIT(64),
  y YEAR, y4 YEAR(4) DEFAULT 2001, real_ REAL, bool_ BOOLEAN DEFAULT TRUE
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='numbers; it''s "all" of them';
INSERT INTO numbers VALUES
  (7, 0, -128, 5, -32768, 16777215, 42, -9223372036854775808, 18446744073709551615, -12345678901234567890123456789012345.123456789012345678901234567890, -9999999999, 12345.678, -1.5e-20, 1.7976931348623157e308, 1234.567, b'0', b'111111111', b'1111111111111111111111111111111111111111111111111111111111111111', 1901, 2155, 0.1, 0),
  (9, 1, 127, 255, 32767, 0, 4294967295, 9223372036854775807, 0, 0.000000000000000000000000000001, 9999999999, 0, 3.40282e38, -2.2250738585072014e-308, -0.001, b'1', b'0', b'1000000000000000000000000000000000000000000000000000000000000001', 0, 2000, -1e100, 1),
  (12, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO numbers (id, g) VALUES (4000000000, 1e15);

CREATE TABLE texts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  c CHAR(10), cb CHAR(4) BINARY, v VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT 'it''s \\ "x" é', vb VARCHAR(100) COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  va VARCHAR(20) CHARACTER SET ascii, n NCHAR(5), tt TINYTEXT, te TEXT, mt MEDIUMTEXT CHARACTER SET utf8mb3, lt LONGTEXT,
  e ENUM('a','it''s','c,d','é','') NOT NULL DEFAULT 'it''s', s SET('x','y','z') DEFAULT 'x,z', j JSON,
  PRIMARY KEY (id), KEY prefix_te (te(20)), UNIQUE KEY uq (vb, c), KEY two (c DESC, vb ASC)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
INSERT INTO texts (id, c, cb, v, vb, va, n, tt, te, mt, lt, e, s, j) VALUES
  (1, 'plain', 'Ab', 'é', 'quote '' " ` \\ backslash', 'ascii', 'ж', '', 'tab\there\nnew\rline\0nul\Zsub', 'ü', '😀 🏳️‍🌈 astral', 'a', '', '{"k": [1, 2.5, true, null, "é\\"q\\\\ 😀"], "big": 12345678901234567890}'),
  (2, 'trail  ', NULL, DEFAULT, '%_ wild', NULL, NULL, NULL, NULL, NULL, NULL, 'c,d', 'x,y,z', '[]'),
  (3, '', '', '', ' lead', '', '', '', '', '', '', 'é', NULL, 'null'),
  (5, NULL, 'x', NULL, '-- not a comment; /* nor this */ # nor', 'DELIMITER ;;', 'a', 'a', ';;\n//', 'b', 'c', '', 'y', '"text"'),
  (1000000000000, 'last', 'zz', 'ÿ', 'привет 世界', 'z', '日本', 'x', 'z', 'z', 'z', DEFAULT, DEFAULT, '{"a": {"b": {"c": -0.001}}, "d": "2024-01-01"}');

CREATE TABLE binaries (
  k BINARY(16) NOT NULL PRIMARY KEY, vb VARBINARY(300), tb TINYBLOB, bl BLOB, mb MEDIUMBLOB, lb LONGBLOB, KEY prefix (bl(8))
);
INSERT INTO binaries VALUES
  (X'00112233445566778899AABBCCDDEEFF', X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F5C5C277F8081C3A9FFFE', '', X'FF', X'00', NULL),
  ('a', '', X'1A', 'it''s \\ \0', NULL, ''),
  (X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', NULL, NULL, NULL, NULL, X'DEADBEEF');
INSERT INTO binaries SELECT X'B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF', NULL, NULL, REPEAT(X'00FF27', 20000), REPEAT(X'5C0A0D', 40000), REPEAT(X'E28098', 500000);

CREATE TABLE times (
  id SMALLINT NOT NULL AUTO_INCREMENT PRIMARY KEY, d DATE, t TIME, t6 TIME(6), dt DATETIME, dt3 DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3),
  ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, ts6 TIMESTAMP(6) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6),
  fixed DATETIME NOT NULL DEFAULT '2000-01-02 03:04:05', fixed_ts TIMESTAMP NOT NULL DEFAULT '2001-02-03 04:05:06', y YEAR DEFAULT '1999'
);
INSERT INTO times VALUES
  (1, '1000-01-01', '-838:59:59', '-12:34:56.789012', '9999-12-31 23:59:59', '2024-02-29 12:00:00.123', '1970-01-01 03:00:01', '2038-01-19 05:14:07.999999', '2024-01-01', '2024-06-01 00:00:00', 2024),
  (2, '9999-12-31', '838:59:59', '00:00:00.000001', '1000-01-01 00:00:00', '2024-02-29 12:00:00.999', '2024-03-31 02:30:00', NULL, '2024-01-01 01:02:03', '2024-10-27 02:30:00', 1901),
  (3, NULL, NULL, NULL, NULL, NULL, '2024-07-01 12:00:00', NULL, DEFAULT, DEFAULT, NULL);

CREATE TABLE customers (
  id INT NOT NULL AUTO_INCREMENT, email VARCHAR(190) NOT NULL COMMENT 'unique; "quoted" \\ and ''single''', name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
  born DATE,
  PRIMARY KEY (id), UNIQUE KEY email (email) COMMENT 'one each', KEY named (name(10), born DESC)
) ENGINE=InnoDB COMMENT='who buys';
CREATE TABLE `order` (
  `id` INT NOT NULL AUTO_INCREMENT, `customer id` INT NOT NULL, `select` INT UNSIGNED DEFAULT 1, `state` ENUM('open','paid') NOT NULL DEFAULT 'open', `odd``name` INT,
  `price` DECIMAL(10,2) NOT NULL, `total` DECIMAL(20,2) GENERATED ALWAYS AS (`price` * `select`) STORED, `label` VARCHAR(60) AS (CONCAT('#', `select` % 10, ' it''s ', `state`)) VIRTUAL COMMENT 'made',
  PRIMARY KEY (`id`), KEY `by total` (`total`), UNIQUE KEY `odd``key` (`odd``name`),
  CONSTRAINT `belongs to` FOREIGN KEY (`customer id`) REFERENCES `customers` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `positive` CHECK (`price` >= 0 AND `select` BETWEEN 1 AND 1000), CHECK (`state` <> 'x' OR `price` IS NULL)
) ROW_FORMAT=DYNAMIC;
CREATE TABLE `a_child` (
  a INT NOT NULL, b VARCHAR(20) NOT NULL, c INT NOT NULL DEFAULT -1, ord INT, up_a INT, up_b VARCHAR(20),
  PRIMARY KEY (a, b), FOREIGN KEY (ord) REFERENCES `order` (id) ON DELETE SET NULL, CONSTRAINT tree FOREIGN KEY (up_a, up_b) REFERENCES a_child (a, b)
);
INSERT INTO customers VALUES (1, 'ann@example.com', 'Ann', '1980-01-02'), (3, 'o''neil@example.com', 'O''Neil "Bob"', NULL), (10, 'ø@example.com', 'Ødegård 😀', '2000-12-31');
INSERT INTO `order` (id, `customer id`, `select`, `odd``name`, price, state) VALUES (1, 1, 2, 5, 9.99, 'open'), (2, 3, DEFAULT, NULL, 0, 'paid'), (100, 10, 1000, 6, 99999.99, 'paid');
INSERT INTO a_child VALUES (1, 'x', 1, 1, NULL, NULL), (1, 'X2', 2, 100, 1, 'x'), (2, '', DEFAULT, NULL, 1, 'X2');

CREATE TABLE `no key` (a INT, b VARCHAR(10));
INSERT INTO `no key` VALUES (2, 'two'), (2, 'two'), (NULL, NULL), (1, 'one');
CREATE TABLE `empty` (id INT PRIMARY KEY, `générée` INT DEFAULT 5);
CREATE TABLE bulk (id INT NOT NULL PRIMARY KEY, pad VARCHAR(600) NOT NULL, n INT NOT NULL, KEY (n)); -- two INSERTs of a megabyte
INSERT INTO bulk WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < 900) SELECT i, REPEAT(CHAR(97 + i % 26), 550), i % 7 FROM seq;
INSERT INTO bulk SELECT id + 1000, pad, n FROM bulk; INSERT INTO bulk SELECT id + 2000, pad, n FROM bulk;
CREATE TABLE places (
  id INT PRIMARY KEY, g GEOMETRY, p POINT, l LINESTRING NOT NULL, y POLYGON, mp MULTIPOINT, ml MULTILINESTRING, my MULTIPOLYGON, gc GEOMETRYCOLLECTION,
  SPATIAL KEY way (l)
);
INSERT INTO places (id, g, p, l, y) VALUES (1, ST_GeomFromText('LINESTRING(0 0,1.5 -2)'), POINT(1, 2), ST_GeomFromText('LINESTRING(0 0,1 1,2 2)'), ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))'));
INSERT INTO places (id, l, mp, ml, my, gc) SELECT 2, l, ST_GeomFromText('MULTIPOINT(1 1,2 2)'), ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))'),
  ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,2 2))') FROM places;
CREATE TABLE audit (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(200) NOT NULL, at DATETIME NOT NULL DEFAULT '2024-01-01');

DELIMITER ;;
CREATE TRIGGER before_customer BEFORE INSERT ON customers FOR EACH ROW SET NEW.email = LOWER(NEW.email);;
CREATE TRIGGER after_order AFTER UPDATE ON `order` FOR EACH ROW BEGIN
  -- a comment; with 'quotes'
  IF NEW.state <> OLD.state THEN
    INSERT INTO audit (what) VALUES (CONCAT('order ', NEW.id, ': ', OLD.state, ' -> ', NEW.state));
  END IF;
END;;
CREATE DEFINER=`root`@`localhost` TRIGGER after_order_gone AFTER DELETE ON `order` FOR EACH ROW INSERT INTO audit (what) VALUES (CONCAT('gone; ', OLD.id));;
DELIMITER ;
CREATE VIEW b_totals AS SELECT c.id, c.name, COUNT(o.id) AS orders, SUM(o.total) AS spent FROM customers c LEFT JOIN `order` o ON o.`customer id` = c.id GROUP BY c.id, c.name;
CREATE DEFINER=`root`@`localhost` SQL SECURITY INVOKER VIEW a_big AS SELECT * FROM b_totals WHERE spent > 10;
CREATE ALGORITHM=MERGE VIEW `paid orders` (`number`, `who`) AS SELECT id, `customer id` FROM `order` WHERE state = 'paid' AND `select` IN (1, 1000) ORDER BY id DESC LIMIT 100;
CREATE VIEW unioned AS SELECT id, 'c' AS kind FROM customers UNION ALL SELECT id, 'o' FROM `order`;
CREATE VIEW nested AS SELECT x.id, (SELECT MAX(price) FROM `order` WHERE `customer id` = x.id) AS top, CASE WHEN x.born IS NULL THEN 'unknown' ELSE DATE_FORMAT(x.born, '%Y') END AS year FROM customers x WHERE EXISTS (SELECT 1 FROM `order` o WHERE o.`customer id` = x.id);
INSERT INTO audit (what) VALUES ('start');
UPDATE `order` SET state = 'paid' WHERE id = 1;
