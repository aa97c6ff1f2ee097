package mysqlerr

// The numbers of accounts and privileges.
const (
	HostIsBlocked           = 1129
	PasswordNoMatch         = 1133
	NonexistingGrant        = 1141
	TableAccessDenied       = 1142
	ColumnAccessDenied      = 1143
	NonexistingTableGrant   = 1147
	KillDenied              = 1095
	RoutineAccessDenied     = 1370
	NonexistingRoutineGrant = 1403
	TooManyUserConnections  = 1203
	UserLimitReached        = 1226
	CannotUser              = 1396
	CantCreateUserWithGrant = 1410
	PluginIsNotLoaded       = 1524
	WrongStringLength       = 1470
	PasswordFormat          = 1827
	AccountLocked           = 3118
	SecureTransportRequired = 3159
	UserAlreadyExists       = 3163
	UserDoesNotExist        = 3162
	IllegalGrantForTable    = 1144
	RevokeGrants            = 1269
	NoSuchUser              = 1449
	NotValidPassword        = 1819
	IllegalPrivilegeLevel   = 3619
	UnknownAuthID           = 3523
	RoleNotGranted          = 3530
	RenameRole              = 3532
	MandatoryRole           = 3628
	RoleLoop                = 4027

	MustChangePassword       = 1820
	MustChangePasswordLogin  = 1862
	PasswordReused           = 3638
	RetainEmpty              = 3878
	IncorrectCurrentPassword = 3891
	MissingCurrentPassword   = 3892
	CurrentOfOthers          = 3893
	RetainOtherPlugin        = 3894
	RetainForEmpty           = 3895
	BlockedByFailures        = 3955
	NoSuchDB                 = 3503
	NoSystemSchemaAccess     = 3552
	TLSSetup                 = 3888
	InvalidUserAttribute     = 3982
)

func init() {
	for code, d := range map[uint16]definition{
		InvalidUserAttribute:    {"HY000", "The user attribute must be a valid JSON object"},
		HostIsBlocked:           {"HY000", "Host '%s' is blocked because of many connection errors; try again in a few seconds"},
		PasswordNoMatch:         {"42000", "Can't find any matching row in the user table"},
		NonexistingGrant:        {"42000", "There is no such grant defined for user '%s' on host '%s'"},
		TableAccessDenied:       {"42000", "%s command denied to user '%s'@'%s' for table '%s'"},
		ColumnAccessDenied:      {"42000", "%s command denied to user '%s'@'%s' for column '%s' in table '%s'"},
		NonexistingTableGrant:   {"42000", "There is no such grant defined for user '%s' on host '%s' on table '%s'"},
		RoutineAccessDenied:     {"42000", "%s command denied to user '%s'@'%s' for routine '%s'"},
		NonexistingRoutineGrant: {"42000", "There is no such grant defined for user '%s' on host '%s' on routine '%s'"},
		KillDenied:              {"HY000", "You are not owner of thread %d"},
		TooManyUserConnections:  {"42000", "User %s already has more than 'max_user_connections' active connections"},
		UserLimitReached:        {"42000", "User '%s' has exceeded the '%s' resource (current value: %d)"},
		CannotUser:              {"HY000", "Operation %s failed for %s"},
		CantCreateUserWithGrant: {"42000", "You are not allowed to create a user with GRANT"},
		PluginIsNotLoaded:       {"HY000", "Plugin '%s' is not loaded"},
		WrongStringLength:       {"HY000", "String '%s' is too long for %s (should be no longer than %d)"},
		PasswordFormat:          {"HY000", "The password hash doesn't have the expected format."},
		AccountLocked:           {"HY000", "Access denied for user '%s'@'%s'. Account is locked."},
		SecureTransportRequired: {"HY000", "Connections using insecure transport are prohibited while --require_secure_transport=ON."},
		UserAlreadyExists:       {"HY000", "Authorization ID %s already exists."},
		UserDoesNotExist:        {"HY000", "Authorization ID %s does not exist."},
		RevokeGrants:            {"HY000", "Can't revoke all privileges for one or more of the requested users"},
		NoSuchUser:              {"HY000", "The user specified as a definer ('%s'@'%s') does not exist"},
		NotValidPassword:        {"HY000", "Your password does not satisfy the current policy requirements"},
		UnknownAuthID:           {"HY000", "Unknown authorization ID %s"},
		RoleNotGranted:          {"HY000", "%s is not granted to %s"},
		RenameRole:              {"HY000", "Renaming of a role identifier is forbidden"},
		MandatoryRole: {"HY000", "The role %s is a mandatory role and can't be revoked or dropped. The restriction can be lifted by excluding " +
			"the role identifier from the global variable mandatory_roles."},
		RoleLoop:              {"HY000", "User account %s is directly or indirectly granted to the role %s. The GRANT would create a loop"},
		IllegalPrivilegeLevel: {"HY000", "Illegal privilege level specified for %s"},

		MustChangePassword:      {"HY000", "You must reset your password using ALTER USER statement before executing this statement."},
		MustChangePasswordLogin: {"HY000", "Your password has expired. To log in you must change it using a client that supports expired passwords."},
		PasswordReused:          {"HY000", "Cannot use these credentials for '%s@%s' because they contradict the password history policy"},
		RetainEmpty:             {"HY000", "Empty password can not be retained as second password for user '%s'@'%s'."},
		MissingCurrentPassword:  {"HY000", "Current password needs to be specified in the REPLACE clause in order to change it."},
		CurrentOfOthers:         {"HY000", "Do not specify the current password while changing it for other users."},
		RetainOtherPlugin:       {"HY000", "Current password can not be retained for user '%s'@'%s' because authentication plugin is being changed."},
		RetainForEmpty:          {"HY000", "Current password can not be retained for user '%s'@'%s' because new password is empty."},
		BlockedByFailures:       {"HY000", "Access denied for user '%s'@'%s'. Account is blocked for %s day(s) (%s day(s) remaining) due to %d consecutive failed logins."},

		IncorrectCurrentPassword: {"HY000", "Incorrect current password. Specify the correct password which has to be replaced."},

		IllegalGrantForTable: {"42000", "Illegal GRANT/REVOKE command; please consult the manual to see which privileges can be used"},
		TLSSetup:             {"HY000", "Failed to set up SSL because of the following SSL library error: %v"},
		NoSuchDB:             {"42Y07", "Database '%s' doesn't exist"},
		NoSystemSchemaAccess: {"HY000", "Access to system schema '%s' is rejected."},
	} {
		table[code] = d
	}
}
