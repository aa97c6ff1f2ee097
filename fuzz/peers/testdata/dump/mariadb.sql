-- What only MariaDB has, or writes otherwise than MySQL, behind schema.sql.
USE shop;
CREATE TABLE only_mariadb (
  id INT NOT NULL AUTO_INCREMENT, u CHAR(36) NOT NULL DEFAULT (UUID()), a INT NOT NULL DEFAULT (1 + 2), at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP(),
  doc JSON DEFAULT '{}' CHECK (JSON_VALID(doc)), kept INT AS (a * 2) PERSISTENT, checked INT CHECK (checked > 0 AND checked < 10),
  PRIMARY KEY (id), KEY (a) USING BTREE
) ENGINE=Aria PAGE_CHECKSUM=1 TRANSACTIONAL=1 COMMENT='Aria';
INSERT INTO only_mariadb (id, u, at, doc, checked) VALUES (1, 'one', '2024-01-01', '{"a":1}', 5), (2, 'two', '2024-02-02', DEFAULT, NULL);
CREATE TABLE old_engine (id INT PRIMARY KEY, v VARCHAR(5)) ENGINE=MyISAM DEFAULT CHARSET=latin1;
INSERT INTO old_engine VALUES (1, 'a'), (2, 'é');
CREATE TABLE in_memory (id INT PRIMARY KEY) ENGINE=MEMORY;
