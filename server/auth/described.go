package auth

import "strings"

// contexts are what privileges are about, as SHOW PRIVILEGES names it, and what each is
// for.
var contexts = map[Privilege][2]string{
	Select: {"Tables", "Read rows"}, Insert: {"Tables", "Add rows"}, Update: {"Tables", "Change rows"}, Delete: {"Tables", "Remove rows"},
	Create: {"Databases,Tables,Indexes", "Make databases and tables"}, Drop: {"Databases,Tables", "Drop databases, tables and views"},
	References: {"Databases,Tables", "Make foreign keys that lead there"}, Index: {"Tables", "Make and drop indexes"},
	Alter: {"Tables", "Change definitions of tables"}, CreateView: {"Tables", "Make views"}, ShowView: {"Tables", "See how views are defined"},
	Trigger: {"Tables", "Make and drop triggers"}, CreateTemporary: {"Databases", "Make temporary tables"},
	LockTables: {"Databases", "Lock tables that may be read"}, Execute: {"Functions,Procedures", "Run routines"},
	CreateRoutine: {"Databases", "Make routines"}, AlterRoutine: {"Functions,Procedures", "Change and drop routines"},
	File: {"File access on server", "Read and write files of the server"},
}

// Described are the privileges with what they are about.
func Described() (out [][3]string) {
	for _, p := range privileges {
		name := p.name[:1] + strings.ToLower(p.name[1:])
		about, known := contexts[p.bit]
		if !known {
			about[0] = "Server Admin"
		}
		if p.bit&Dynamic != 0 {
			name = p.name
		}
		out = append(out, [3]string{name, about[0], about[1]})
	}
	return append(out, [3]string{"Grant option", "Databases,Tables,Functions,Procedures", "Grant what one has oneself"},
		[3]string{"Usage", "Server Admin", "None: to connect alone"})
}
