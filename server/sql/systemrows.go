package sql

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/types"
)

// A flagColumn is a privilege's column in mysql.user or mysql.db; 0 is one that
// nobody can have here.
type flagColumn struct {
	name string
	bit  auth.Privilege
}

var userFlags = []flagColumn{
	{"Select_priv", auth.Select}, {"Insert_priv", auth.Insert}, {"Update_priv", auth.Update}, {"Delete_priv", auth.Delete},
	{"Create_priv", auth.Create}, {"Drop_priv", auth.Drop}, {"Reload_priv", auth.Reload}, {"Shutdown_priv", auth.Shutdown},
	{"Process_priv", auth.Process}, {"File_priv", auth.File}, {"Grant_priv", auth.GrantOption},
	{"References_priv", auth.References}, {"Index_priv", auth.Index}, {"Alter_priv", auth.Alter},
	{"Show_db_priv", auth.ShowDatabases}, {"Super_priv", auth.Super}, {"Create_tmp_table_priv", auth.CreateTemporary},
	{"Lock_tables_priv", auth.LockTables}, {"Execute_priv", auth.Execute}, {"Repl_slave_priv", auth.ReplicationSlave},
	{"Repl_client_priv", auth.ReplicationClient}, {"Create_view_priv", auth.CreateView}, {"Show_view_priv", auth.ShowView},
	{"Create_routine_priv", auth.CreateRoutine}, {"Alter_routine_priv", auth.AlterRoutine},
	{"Create_user_priv", auth.CreateUser}, {"Event_priv", auth.Event}, {"Trigger_priv", auth.Trigger},
	{"Create_tablespace_priv", 0},
}

var dbFlags = slices.DeleteFunc(slices.Clone(userFlags), func(f flagColumn) bool {
	return f.bit&(auth.OnDatabase|auth.GrantOption) == 0
})

// userRest are the columns of mysql.user behind the privileges.
var userRest = []string{
	"ssl_type", "ssl_cipher", "x509_issuer", "x509_subject", "max_questions", "max_updates", "max_connections",
	"max_user_connections", "plugin", "authentication_string", "password_expired", "password_last_changed",
	"password_lifetime", "account_locked", "Create_role_priv", "Drop_role_priv", "Password_reuse_history",
	"Password_reuse_time", "Password_require_current", "User_attributes",
}

func userColumns() []gms.Column {
	names := []string{"Host", "User"}
	for _, f := range userFlags {
		names = append(names, f.name)
	}
	return textColumns(append(names, userRest...)...)
}

func dbColumns() []gms.Column {
	names := []string{"Host", "Db", "User"}
	for _, f := range dbFlags {
		names = append(names, f.name)
	}
	return textColumns(names...)
}

func yn(yes bool) string {
	if yes {
		return "Y"
	}
	return "N"
}

func flags(row gms.Row, list []flagColumn, p auth.Privilege) gms.Row {
	for _, f := range list {
		row = append(row, yn(f.bit != 0 && p&f.bit != 0))
	}
	return row
}

func userRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		tls := ""
		if a.RequireTLS {
			tls = "ANY"
		}
		p := a.Policy
		var current any
		if p.RequireCurrent != nil {
			current = yn(*p.RequireCurrent)
		}
		row := flags(gms.Row{a.Host, a.User}, userFlags, a.Grants.Global)
		rows = append(rows, append(row, tls, "", "", "", perHour(p.MaxQueries), perHour(p.MaxUpdates), perHour(p.MaxLogins), strconv.Itoa(a.MaxConnections), a.Plugin, string(a.Verifier),
			yn(a.Expired), c.stamp(a.Changed, 0), optional(p.Lifetime), yn(a.Locked), yn(a.Grants.Global&auth.CreateRole != 0), yn(a.Grants.Global&auth.DropRole != 0),
			optional(p.History), optional(p.Reuse), current, attributesOf(a)))
	}
	return rows
}

func perHour(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func optional(n *int) any {
	if n == nil {
		return nil
	}
	return strconv.Itoa(*n)
}

// stamp is a time as the session's zone has it; NULL: nobody knows.
func (c *call) stamp(t time.Time, digits int) any {
	if t.IsZero() {
		return nil
	}
	layout := time.DateTime
	if digits > 0 {
		layout += "." + strings.Repeat("0", digits)
	}
	return t.In(c.env.Now.Location()).Format(layout)
}

// attributesOf is the document of mysql.user's last column, its members in the order
// of documents: by length.
func attributesOf(a *auth.Account) any {
	var members []string
	if a.Attribute != "" {
		members = append(members, `"metadata": `+a.Attribute)
	}
	if p := a.Policy; p.FailedLogins != 0 || p.LockDays != 0 {
		members = append(members, fmt.Sprintf(`"Password_locking": {"failed_login_attempts": %d, "password_lock_time_days": %d}`, p.FailedLogins, p.LockDays))
	}
	if len(a.Second) > 0 {
		text := types.AppendJSONText(nil, string(a.Second))
		members = append(members, `"additional_password": `+string(text))
	}
	if len(members) == 0 {
		return nil
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// passwordRows are mysql.password_history's.
func passwordRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, p := range a.Past {
			rows = append(rows, gms.Row{a.Host, a.User, c.stamp(p.At, 6), string(p.Verifier)})
		}
	}
	return rows
}

func dbRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, db := range slices.Sorted(maps.Keys(a.Grants.Databases)) {
			rows = append(rows, flags(gms.Row{a.Host, db, a.User}, dbFlags, a.Grants.Databases[db]))
		}
	}
	return rows
}

// tableRows are mysql.tables_priv's: a set of words of its own.
func tableRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, key := range a.Grants.TableKeys() {
			p := a.Grants.Tables[key]
			words := inWords(p & auth.OnTable)
			if p&auth.GrantOption != 0 {
				words = append(words, "Grant")
			}
			db, table, _ := strings.Cut(key, "\x00")
			rows = append(rows, gms.Row{a.Host, db, a.User, table, "", nil, strings.Join(words, ","), strings.Join(inWords(a.Grants.OnAnyColumn(key)), ",")})
		}
	}
	return rows
}

// inWords are privileges as sets of mysql.tables_priv and columns_priv say them.
func inWords(p auth.Privilege) []string {
	words := p.Names()
	for i, w := range words {
		words[i] = w[:1] + strings.ToLower(w[1:])
	}
	return words
}

// columnRows are mysql.columns_priv's.
func columnRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		a.Grants.EachColumn(func(db, table, column string, p auth.Privilege) {
			rows = append(rows, gms.Row{a.Host, db, a.User, table, column, nil, strings.Join(inWords(p), ",")})
		})
	}
	return rows
}

// columnPrivileges are information_schema.COLUMN_PRIVILEGES: who has the GRANT OPTION on
// the table may grant them.
func columnPrivileges(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		a.Grants.EachColumn(func(db, table, column string, p auth.Privilege) {
			p |= a.Grants.Tables[db+"\x00"+table] & auth.GrantOption
			rows = append(rows, granted(a, p, db, table, column)...)
		})
	}
	return rows
}

func dynamicRows(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, name := range (a.Grants.Global & auth.Dynamic).Names() {
			rows = append(rows, gms.Row{a.User, a.Host, name, yn(a.Grants.Global&auth.GrantOption != 0)})
		}
	}
	return rows
}

func roleEdges(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, r := range a.Roles {
			rows = append(rows, gms.Row{r.Host, r.User, a.Host, a.User, yn(r.Admin)})
		}
	}
	return rows
}

func defaultRoles(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, r := range a.DefaultRoles {
			rows = append(rows, gms.Row{a.Host, a.User, r.Host, r.User})
		}
	}
	return rows
}

// userAttributes are information_schema.USER_ATTRIBUTES.
func userAttributes(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		var attribute any
		if a.Attribute != "" {
			attribute = a.Attribute
		}
		rows = append(rows, gms.Row{a.User, a.Host, attribute})
	}
	return rows
}

// enabledRoles are information_schema.ENABLED_ROLES.
func enabledRoles(c *call) (rows []gms.Row) {
	for _, r := range c.env.Rights.EnabledRoles() {
		isDefault := slices.Contains(c.env.Rights.Account.DefaultRoles, r)
		rows = append(rows, gms.Row{r.User, r.Host, yesNo(isDefault), "NO"})
	}
	return rows
}

// applicableRoles are information_schema.APPLICABLE_ROLES: those granted, and theirs.
func applicableRoles(c *call) (rows []gms.Row) {
	me := c.env.Rights.Account
	all := c.s.client.Accounts()
	done := map[auth.Name]bool{}
	var walk func(a *auth.Account)
	walk = func(a *auth.Account) {
		if done[a.Name] {
			return
		}
		done[a.Name] = true
		for _, r := range a.Roles {
			isDefault := a == me && slices.Contains(me.DefaultRoles, r.Name)
			rows = append(rows, gms.Row{me.User, me.Host, a.User, a.Host, r.User, r.Host, yesNo(r.Admin), yesNo(isDefault), "NO"})
			if at := slices.IndexFunc(all, func(other *auth.Account) bool { return other.Name == r.Name }); at >= 0 {
				walk(all[at])
			}
		}
	}
	if me != nil {
		walk(me)
	}
	return rows
}

func yesNo(yes bool) string {
	if yes {
		return "YES"
	}
	return "NO"
}

// granted are rows of information_schema about one level.
func granted(a *auth.Account, p auth.Privilege, where ...any) (rows []gms.Row) {
	grantable := "NO"
	if p&auth.GrantOption != 0 {
		grantable = "YES"
	}
	names := p.Names()
	if len(names) == 0 {
		names = []string{"USAGE"}
	}
	for _, name := range names {
		row := append(gms.Row{"'" + a.User + "'@'" + a.Host + "'", "def"}, where...)
		rows = append(rows, append(row, name, grantable))
	}
	return rows
}

func userPrivileges(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		rows = append(rows, granted(a, a.Grants.Global)...)
	}
	return rows
}

func schemaPrivileges(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, db := range slices.Sorted(maps.Keys(a.Grants.Databases)) {
			rows = append(rows, granted(a, a.Grants.Databases[db], db)...)
		}
	}
	return rows
}

func tablePrivileges(c *call) (rows []gms.Row) {
	for _, a := range c.accounts() {
		for _, key := range slices.Sorted(maps.Keys(a.Grants.Tables)) {
			db, table, _ := strings.Cut(key, "\x00")
			rows = append(rows, granted(a, a.Grants.Tables[key], db, table)...)
		}
	}
	return rows
}
