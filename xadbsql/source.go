package xadbsql

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// A source is what the name of a data source says.
type source struct {
	dir    string
	binlog bool
	client *mysql.Config
}

// parse reads the name of a data source.
func parse(name string) (source, error) {
	dir, query, _ := strings.Cut(name, "?")
	if dir == "" {
		return source{}, fmt.Errorf("xadbsql: %q names no folder: write folder?parameter=value", name)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return source{}, fmt.Errorf("xadbsql: parameters of %q: %w", name, err)
	}
	take := func(key, otherwise string) string {
		if !values.Has(key) {
			return otherwise
		}
		defer values.Del(key)
		return values.Get(key)
	}
	user, password, database := take("user", "root"), take("password", ""), take("database", "")
	s := source{dir: dir}
	if s.binlog, err = strconv.ParseBool(take("binlog", "true")); err != nil {
		return source{}, fmt.Errorf("xadbsql: parameter binlog of %q: %w", name, err)
	}
	if s.client, err = mysql.ParseDSN("/?" + values.Encode()); err != nil {
		return source{}, fmt.Errorf("xadbsql: parameters of %q: %w", name, err)
	}
	s.client.User, s.client.Passwd, s.client.DBName = user, password, database
	return s, nil
}
