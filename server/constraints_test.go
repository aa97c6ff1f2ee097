package server

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// mariadb-dump's output of a schema with every kind of constraint loads in the
// order of the names, parents behind children, and dumps to the same.
func TestDumpOfConstraints(t *testing.T) {
	dump, client := peer(t, "mariadb-dump"), peer(t, "mariadb")
	if dump == "" || client == "" {
		return
	}
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE DATABASE e")
	db := dial(t, srv, "d")
	mustExec(t, db,
		"CREATE TABLE z (id INT AUTO_INCREMENT PRIMARY KEY, u VARCHAR(10) NOT NULL, UNIQUE KEY (u))",
		"CREATE TABLE a (id INT PRIMARY KEY, z INT, zu VARCHAR(10), CONSTRAINT fz FOREIGN KEY (z) REFERENCES z (id) ON DELETE CASCADE ON UPDATE SET NULL, FOREIGN KEY (zu) REFERENCES z (u))",
		"CREATE TABLE s (id INT PRIMARY KEY, up INT, CONSTRAINT tree FOREIGN KEY (up) REFERENCES s (id))",
		"CREATE TABLE c (id INT PRIMARY KEY, a INT CHECK (a > 0), `b c` INT, CONSTRAINT `odd name` CHECK (`b c` < 10 OR `b c` IN (20, 30)), CHECK (a < 100) NOT ENFORCED)",
		"CREATE TABLE g (id INT PRIMARY KEY, a INT, s INT AS (a + 1) STORED NOT NULL, v VARCHAR(20) AS (CONCAT('it''s ', a)) VIRTUAL COMMENT 'made', KEY (v), UNIQUE KEY (s), u CHAR(36) DEFAULT (UUID()), n INT DEFAULT (1 + 2))",
		"INSERT INTO z VALUES (1, 'one'), (2, 'two')", "INSERT INTO a VALUES (1, 1, 'two'), (2, NULL, NULL)",
		"INSERT INTO s VALUES (1, 1), (2, 1)", "INSERT INTO c VALUES (1, 1, 1), (2, NULL, 30)", "INSERT INTO g (id, a) VALUES (1, 1), (2, 5)",
		"CREATE TRIGGER before_c BEFORE INSERT ON c FOR EACH ROW SET NEW.a = ABS(NEW.a)",
		"CREATE TRIGGER after_z AFTER DELETE ON z FOR EACH ROW BEGIN DELETE FROM s WHERE id = OLD.id; INSERT INTO s VALUES (OLD.id + 100, NULL); END",
		"CREATE VIEW v AS SELECT a.id, z.u FROM a JOIN z ON a.z = z.id")
	host, port, _ := strings.Cut(srv.Addr().String(), ":")
	args := []string{"--no-defaults", "-h", host, "-P", port, "-u", "root"}
	dumped := func(name string) string {
		t.Helper()
		out, err := exec.Command(dump, append(args[:len(args):len(args)], "--single-transaction", "--skip-comments", "--triggers", name)...).Output()
		if err != nil {
			t.Fatalf("mariadb-dump: %v", err)
		}
		return string(out)
	}
	first := dumped("d")
	load := exec.Command(client, append(args[:len(args):len(args)], "e")...)
	load.Stdin = strings.NewReader(first)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("loading the dump: %v\n%s\n%s", err, out, first)
	}
	if second := dumped("e"); second != first {
		t.Errorf("the dump of a loaded dump differs:\n%s\n%s", first, second)
	}
	for _, part := range []string{"CONSTRAINT `fz` FOREIGN KEY", "CONSTRAINT `odd name` CHECK", "NOT ENFORCED", "STORED", "TRIGGER `after_z`"} {
		if !strings.Contains(first, part) && !strings.Contains(first, strings.ReplaceAll(part, "`", "")) {
			t.Errorf("the dump has no %s:\n%s", part, first)
		}
	}
	e := dial(t, srv, "e")
	mustExec(t, e, "INSERT INTO c VALUES (3, -7, 1)", "DELETE FROM s WHERE id = 2", "UPDATE s SET up = NULL", "DELETE FROM z WHERE id = 1")
	if got := listed(t, e, "SELECT (SELECT a FROM c WHERE id = 3), (SELECT COUNT(*) FROM a), (SELECT MAX(id) FROM s)"); got != "7,1,101" {
		t.Error(got)
	}
	if _, err := e.Exec("INSERT INTO c VALUES (4, 1, 15)"); code(err) != mysqlerr.CheckViolated {
		t.Error(err)
	}
	if _, err := e.Exec("INSERT INTO a VALUES (9, 99, NULL)"); code(err) != mysqlerr.NoReferencedRow {
		t.Error(err)
	}
}

// What GORM, Django and others write.
func TestMapperDDL(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	mustExec(t, db, // GORM
		"CREATE TABLE `companies` (`id` bigint unsigned AUTO_INCREMENT,`name` varchar(191),PRIMARY KEY (`id`))",
		"CREATE TABLE `users` (`id` bigint unsigned AUTO_INCREMENT,`age` bigint,`company_id` bigint unsigned,PRIMARY KEY (`id`),INDEX `idx_users_company_id` (`company_id`),CONSTRAINT `fk_users_company` FOREIGN KEY (`company_id`) REFERENCES `companies`(`id`) ON DELETE SET NULL ON UPDATE CASCADE,CONSTRAINT `chk_users_age` CHECK (age > 13))",
		"CREATE TABLE `languages` (`code` varchar(10),PRIMARY KEY (`code`))",
		"CREATE TABLE `user_languages` (`user_id` bigint unsigned,`language_code` varchar(10),PRIMARY KEY (`user_id`,`language_code`),CONSTRAINT `fk_user_languages_user` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`),CONSTRAINT `fk_user_languages_language` FOREIGN KEY (`language_code`) REFERENCES `languages`(`code`))",
		"ALTER TABLE `users` DROP FOREIGN KEY `fk_users_company`",
		"ALTER TABLE `users` ADD CONSTRAINT `fk_users_company` FOREIGN KEY (`company_id`) REFERENCES `companies`(`id`)",
		"ALTER TABLE `users` DROP CHECK `chk_users_age`", "ALTER TABLE `users` ADD CONSTRAINT `chk_users_age` CHECK (age > 17)",
		"ALTER TABLE `users` ADD `email` varchar(191) UNIQUE", "ALTER TABLE `users` RENAME COLUMN `age` TO `years`, DROP CHECK `chk_users_age`",
	)
	for query, want := range map[string]string{
		"SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE constraint_schema = 'd' AND table_name = 'users' AND constraint_name = 'fk_users_company'": "1",
		"SELECT count(*) FROM information_schema.referential_constraints WHERE constraint_schema = 'd'":                                                             "3",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	mustExec(t, db, // Django
		"CREATE TABLE `blog_author` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `name` varchar(100) NOT NULL)",
		"CREATE TABLE `blog_post` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `title` varchar(200) NOT NULL, `views` integer UNSIGNED NOT NULL CHECK (`views` >= 0), `created` datetime(6) NOT NULL, `author_id` bigint NOT NULL)",
		"ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_author_id_dd7a8485_fk_blog_author_id` FOREIGN KEY (`author_id`) REFERENCES `blog_author` (`id`)",
		"ALTER TABLE `blog_post` ADD COLUMN `slug` varchar(50) DEFAULT 'x' NOT NULL", "ALTER TABLE `blog_post` ALTER COLUMN `slug` DROP DEFAULT",
		"CREATE INDEX `blog_post_slug_b95473f2` ON `blog_post` (`slug`)",
		"ALTER TABLE `blog_post` ADD COLUMN `editor_id` bigint NULL , ADD CONSTRAINT `blog_post_editor_id_fk` FOREIGN KEY (`editor_id`) REFERENCES `blog_author`(`id`)",
		"ALTER TABLE `blog_post` ADD CONSTRAINT `title_set` CHECK (NOT (`title` = ''))",
		"ALTER TABLE `blog_post` DROP FOREIGN KEY `blog_post_editor_id_fk`", "ALTER TABLE `blog_post` DROP COLUMN `editor_id`",
		"ALTER TABLE `blog_post` MODIFY `title` longtext NOT NULL", "RENAME TABLE `blog_post` TO `blog_article`", "DROP TABLE `blog_article` CASCADE",
	)
}

// A RENAME of several tables is one, and so is a DROP.
func TestRenamesAreAtomic(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "RENAME TABLE c TO x, o TO c, x TO o")
	if got := listed(t, db, "SELECT COUNT(*) FROM c JOIN o ON c.cid = o.id"); got != "3" {
		t.Error(got)
	}
	if _, err := db.Exec("RENAME TABLE c TO y, nope TO z"); code(err) != mysqlerr.NoSuchTable {
		t.Error(err)
	}
	if _, err := db.Exec("DROP TABLE c, nope"); code(err) != mysqlerr.BadTable {
		t.Error(err)
	}
	if got := listed(t, db, "SHOW TABLES"); got != "c o" {
		t.Error(got)
	}
}
