package sql

import (
	"cmp"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/spatial"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// A number says which error of MySQL a kind of the library's errors is. What
// args matches in the text fills MySQL's; without args the library's text
// stays.
type number struct {
	kind interface{ Is(error) bool }
	code uint16
	args *regexp.Regexp
}

var (
	whole   = regexp.MustCompile(`^()()$`) // matches nothing: MySQL's text has no arguments
	quoted1 = regexp.MustCompile("[\"'`]([^\"'`]*)[\"'`]")
	// lastQuoted is the last of several quoted words.
	lastQuoted = regexp.MustCompile(`.*"([^"]*)"`)
	// tooLargeFor is the column that a text is too long for.
	tooLargeFor = regexp.MustCompile(`too large for column '([^']*)'$`)
	lastWord    = regexp.MustCompile(`(?s).*: '?([^']*)'?$`)
)

var numbers = []number{
	{gms.ErrSyntaxError, mysqlerr.ParseError, nil},
	{gms.ErrInvalidJSONArgument, mysqlerr.InvalidJSONType, regexp.MustCompile(`argument (\d+) to function (\S+);`)},
	{gms.ErrNoDatabaseSelected, mysqlerr.NoDB, whole},
	{gms.ErrTableAlreadyExists, mysqlerr.TableExists, regexp.MustCompile(`name (.*) already`)},
	{gms.ErrExistingView, mysqlerr.TableExists, regexp.MustCompile(`(?:view|View) (?:\S+\.)?"?([^" ]*)"?`)},
	{gms.ErrUnknownTable, mysqlerr.BadTable, quoted1},
	{gms.ErrViewDoesNotExist, mysqlerr.BadTable, regexp.MustCompile(`(?:view|View) (\S+)`)},
	{gms.ErrDatabaseNotFound, mysqlerr.BadDB, lastWord},
	{gms.ErrAmbiguousColumnName, mysqlerr.NonUniq, nil},
	{gms.ErrAmbiguousColumnOrAliasName, mysqlerr.NonUniq, nil},
	{gms.ErrAmbiguousColumnInOrderBy, mysqlerr.NonUniq, nil},
	{gms.ErrColumnExists, mysqlerr.DupFieldName, quoted1},
	{gms.ErrDuplicateColumn, mysqlerr.DupFieldName, quoted1},
	{gms.ErrDuplicateKey, mysqlerr.DupKeyName, quoted1},
	{gms.ErrInvalidBlobTextKey, mysqlerr.BlobKeyWithoutLength, quoted1},
	{gms.ErrColValCountMismatch, mysqlerr.WrongValueCountOnRow, nil},
	{gms.ErrInsertIntoMismatchValueCount, mysqlerr.WrongValueCountOnRow, nil},
	{gms.ErrColumnSpecifiedTwice, mysqlerr.FieldSpecifiedTwice, quoted1},
	{gms.ErrInsertIntoNonNullableDefaultNullColumn, mysqlerr.NoDefaultForField, quoted1},
	{gms.ErrInsertIntoNonNullableProvidedNull, mysqlerr.BadNull, quoted1},
	{gms.ErrColumnDefaultReturnedNull, mysqlerr.InvalidDefault, nil},
	{gms.ErrInvalidColumnDefaultValue, mysqlerr.InvalidDefault, quoted1},
	{gms.ErrIncompatibleDefaultType, mysqlerr.InvalidDefault, nil},
	{gms.ErrInvalidOnUpdate, mysqlerr.InvalidOnUpdate, quoted1},
	{gms.ErrMultiplePrimaryKeysDefined, mysqlerr.MultiplePriKey, whole},
	{gms.ErrKeyColumnDoesNotExist, mysqlerr.KeyColumnMissing, quoted1},
	{gms.ErrCantDropFieldOrKey, mysqlerr.CantDropFieldOrKey, quoted1},
	{gms.ErrTableColumnNotFound, mysqlerr.BadField, nil},
	{gms.ErrUnknownColumn, mysqlerr.BadField, regexp.MustCompile(`'([^']*)' in '([^']*)'`)},
	{gms.ErrColumnNotFound, mysqlerr.BadField, nil},
	{gms.ErrMisusedAlias, mysqlerr.BadField, nil},
	{gms.ErrInvalidArgumentNumber, mysqlerr.WrongParamCount, regexp.MustCompile(`(?i)function '([^']*)'`)},
	{gms.ErrUnknownSystemVariable, mysqlerr.UnknownSystemVariable, quoted1},
	{gms.ErrExpectedSingleRow, mysqlerr.SubqueryNoOneRow, whole},
	{gms.ErrInvalidOperandColumns, mysqlerr.OperandColumns, regexp.MustCompile(`should have (\d+)`)},
	{planbuilder.ErrUnionSchemasDifferentLength, mysqlerr.WrongNumberOfColumns, whole},
	{gms.ErrColumnCountMismatch, mysqlerr.ViewWrongList, whole},
	{gms.ErrInvalidRefInView, mysqlerr.ViewInvalid, nil},
	{gms.ErrNonAggregatedColumnWithoutGroupBy, mysqlerr.MixOfGroupFunc, nil},
	{gms.ErrJSONObjectAggNullKey, mysqlerr.NullMemberName, nil},
	{gms.ErrInvalidGISData, mysqlerr.InvalidGISData, regexp.MustCompile(`function (\S+)`)},
	{gms.ErrDiffSRIDs, mysqlerr.DifferentSRIDs, regexp.MustCompile(`function (\S+) given two geometries of different srids: (\d+) and (\d+)`)},
	{gms.ErrNotMatchingSRIDWithColName, mysqlerr.WrongSRID, nil},
	{gms.ErrNoSRID, mysqlerr.SRSNotFound, regexp.MustCompile(`(\d+)`)},
	{gms.ErrIllegalGISValue, mysqlerr.IllegalValueForType, nil},
	{gms.ErrInvalidSRID, mysqlerr.DataOutOfRange, nil},
	{gms.ErrUnsupportedSRID, mysqlerr.NotSupportedYet, nil},
	{gms.ErrUnsupportedGISTypeForSpatialFunc, mysqlerr.NotSupportedYet, nil},
	{gms.ErrSpatialTypeConversion, mysqlerr.CantCreateGeometry, whole},
	{gtypes.ErrNotGeometry, mysqlerr.CantCreateGeometry, whole},
	{gtypes.ErrNotPolygon, mysqlerr.CantCreateGeometry, whole},
	{gms.ErrNotPoint, mysqlerr.CantCreateGeometry, whole},
	{gms.ErrNotLineString, mysqlerr.CantCreateGeometry, whole},
	{gms.ErrNullableSpatialIdx, mysqlerr.SpatialCantBeNull, whole},
	{spatial.ErrInvalidType, mysqlerr.UnexpectedGeometry, nil},
	{gms.ErrBadSpatialIdxCol, mysqlerr.SpatialMustHaveGeometry, whole},
	{gms.ErrTriggerDoesNotExist, mysqlerr.TriggerDoesNotExist, whole},
	{gms.ErrTriggerTableInUse, mysqlerr.CantUpdateUsedTable, regexp.MustCompile(`update table (\S+) in`)},
	{gms.ErrInvalidUseOfOldNew, mysqlerr.NoSuchRowInTrigger, regexp.MustCompile(`no (\S+) row in on (\S+) trigger`)},
	{gms.ErrInvalidUpdateOfOldRow, mysqlerr.TriggerCantChangeRow, regexp.MustCompile(`of (\S+) row is not allowed in (.*)trigger`)},
	{gms.ErrInvalidUpdateInAfterTrigger, mysqlerr.TriggerCantChangeRow, regexp.MustCompile(`of (\S+) row is not allowed in (.*)trigger`)},
	{gms.ErrGeneratedColumnValue, mysqlerr.GeneratedValue, regexp.MustCompile(`"([^"]*)" in table "([^"]*)"`)},
	{gms.ErrCheckConstraintViolated, mysqlerr.CheckViolated, quoted1},
	{gms.ErrCollationIllegalMix, mysqlerr.IllegalMix, nil},
	{gms.ErrCollationInvalidForCharSet, mysqlerr.CollationMismatch, nil},
	{gms.ErrCollationUnknown, mysqlerr.UnknownCollation, lastWord},
	{gms.ErrCharSetUnknown, mysqlerr.UnknownCharacterSet, lastWord},
	{gms.ErrNoTablesUsed, mysqlerr.NoTablesUsed, whole},
	{gms.ErrRecursiveCTEMissingUnion, mysqlerr.RecursiveNeedsUnion, quoted1},
	{planbuilder.ErrQualifiedOrderBy, mysqlerr.TableNotAllowedHere, quoted1},
	{gms.ErrInvalidJSONText, mysqlerr.InvalidJSONParam, nil},
	{gms.ErrInvalidJson, mysqlerr.InvalidJSONParam, nil},
	{gms.ErrValueOutOfRange, mysqlerr.OutOfRange, nil},
	{gms.ErrInvalidValueType, mysqlerr.IncorrectFieldValue, nil},
	{gtypes.ErrDataTruncatedForColumn, mysqlerr.DataTruncated, nil},
	{gtypes.ErrConvertingToEnum, mysqlerr.DataTruncated, nil},
	{gms.ErrConvertingToSet, mysqlerr.DataTruncated, nil},
	{gms.ErrInvalidSetValue, mysqlerr.DataTruncated, nil},
	{gtypes.ErrLengthBeyondLimit, mysqlerr.DataTooLong, nil},
	{gtypes.ErrConvertToDecimalLimit, mysqlerr.OutOfRange, nil},
	{gtypes.ErrConvertingToDecimal, mysqlerr.IncorrectFieldValue, nil},
	{gtypes.ErrConvertingToTime, mysqlerr.TruncatedWrongValue, nil},
	{gtypes.ErrConvertingToTimeOutOfRange, mysqlerr.TruncatedWrongValue, nil},
	{gtypes.ErrConvertingToTimeType, mysqlerr.TruncatedWrongValue, nil},
	{gtypes.ErrConvertingToYear, mysqlerr.OutOfRange, nil},
	{gtypes.ErrLengthTooLarge, mysqlerr.TooBigFieldLength, nil},
	{gtypes.ErrBadCharsetString, mysqlerr.IncorrectFieldValue, nil},
	{gms.ErrInvalidValue, mysqlerr.IncorrectFieldValue, nil},
	{gms.ErrInvalidType, mysqlerr.WrongArguments, nil},
	{gms.ErrInvalidArgument, mysqlerr.WrongArguments, nil},
	{gms.ErrInvalidArgumentDetails, mysqlerr.WrongArguments, nil},
	{gms.ErrInvalidArgumentType, mysqlerr.WrongArguments, nil},
	{function.ErrTooHighPrecision, mysqlerr.TooBigPrecision, nil},
	{expression.ErrIntDivDataOutOfRange, mysqlerr.DataOutOfRange, nil},
	{gms.ErrUnsupportedFeature, mysqlerr.NotSupportedYet, lastWord},
	{gms.ErrUnsupportedSyntax, mysqlerr.NotSupportedYet, lastWord},
	{gms.ErrAlterTableNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrAlterTableCollationNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrTriggersNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrStoredProceduresNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrEventsNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrTemporaryTableNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrNoForeignKeySupport, mysqlerr.NotSupportedYet, nil},
	{gms.ErrFullTextNotSupported, mysqlerr.NotSupportedYet, nil},
	{gms.ErrCollationNotYetImplementedTemp, mysqlerr.NotSupportedYet, nil},
	{gms.ErrCharSetNotYetImplementedTemp, mysqlerr.NotSupportedYet, nil},
	{plan.ErrNoCheckConstraintSupport, mysqlerr.NotSupportedYet, nil},
	{plan.ErrAutoIncrementNotSupported, mysqlerr.NotSupportedYet, nil},
	{expression.ErrAutoIncrementUnsupported, mysqlerr.NotSupportedYet, nil},
}

// inner takes the library's wrappings off an error: what this package and the
// engine return comes back as it was.
func inner(err error) error {
	for {
		switch e := err.(type) {
		case gms.WrappedInsertError:
			err = e.Cause
		case gms.WrappedTypeConversionError:
			err = e.Err
		default:
			return err
		}
	}
}

// cause is what an error of the library was made of, nil if there is nothing
// below it.
func cause(err error) error {
	if c, ok := err.(interface{ Cause() error }); ok {
		return c.Cause()
	}
	return nil
}

// noSuchFunction is for a function that is none of MySQL's: a stored one, which there are
// none of, is called by a database's name and its own, as the statement has it.
func (c *call) noSuchFunction(err error) error {
	db, name := c.env.DB, ""
	if m := quoted1.FindStringSubmatch(err.Error()); m != nil {
		name = m[1]
	}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		if f, is := n.(*sqlparser.FuncExpr); is && f.Name.EqualString(name) {
			name = f.Name.String()
			if !f.Qualifier.IsEmpty() {
				db = f.Qualifier.String()
			}
			return false, io.EOF // the first
		}
		return true, nil
	}, c.stmt.tree.Statement)
	if db != "" {
		name = db + "." + name
	}
	return mysqlerr.Wrap(err, mysqlerr.SPDoesNotExist, "FUNCTION", name)
}

// translate gives an error of the library its number and SQLSTATE.
func (c *call) translate(err error) error {
	err = c.numbered(err)
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		known.Message = spell.Written(known.Message)
	}
	return err
}

func (c *call) numbered(err error) error {
	err = inner(err)
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		return err
	}
	if interrupted := c.ctx.Err(); interrupted != nil { // the library may say that it could not sort
		return interrupted
	}
	var duplicate gms.UniqueKeyError
	if errors.As(cause(err), &duplicate) {
		out := mysqlerr.New(mysqlerr.DupEntry, "", "")
		out.Message = duplicate.Error()
		return out
	}
	if below := cause(err); below != nil && errors.As(inner(below), &known) {
		return known
	}
	if gms.ErrTableNotFound.Is(err) {
		return c.noSuchTable(err)
	}
	if gms.ErrDuplicateAliasOrTable.Is(err) {
		name := lastWord.FindStringSubmatch(err.Error())[1]
		return mysqlerr.Wrap(err, mysqlerr.NonUniqTable, cmp.Or(aliasLetters(c.stmt.tree.Statement)[name], name))
	}
	if gms.ErrFunctionNotFound.Is(err) {
		return c.noSuchFunction(err)
	}
	if gms.ErrTableColumnNotFound.Is(err) && c.drops() {
		return number{code: mysqlerr.CantDropFieldOrKey, args: lastQuoted}.translate(err)
	}
	if gms.ErrCreateTableNotSupported.Is(err) { // in a database that is made up
		user, host := c.s.client.Account()
		return mysqlerr.Wrap(err, mysqlerr.DBAccessDenied, user, host, err.Error()[strings.LastIndexByte(err.Error(), ' ')+1:])
	}
	if m := tooLargeFor.FindStringSubmatch(err.Error()); m != nil && gtypes.ErrLengthBeyondLimit.Is(err) {
		return mysqlerr.Wrap(err, mysqlerr.DataTooLong, m[1], c.rowNumber())
	}
	if view := c.notUpdatable(err); view != nil {
		return view
	}
	for _, n := range numbers {
		if n.kind.Is(err) {
			return n.translate(err)
		}
	}
	if e := gms.CastSQLError(err); e != nil && e.Num != mysqlerr.UnknownError {
		out := mysqlerr.Wrap(err, uint16(e.Num))
		out.Code, out.State, out.Message = uint16(e.Num), stateOf(uint16(e.Num), e.State), e.Message
		return out
	}
	return fromText(err)
}

// notUpdatable is the error of a change of a view, nil if err is another.
func (c *call) notUpdatable(err error) error {
	if u := c.updateOf(); u != nil && plan.ErrUpdateNotSupported.Is(err) {
		if e, is := u.TableExprs[0].(*sqlparser.AliasedTableExpr); is && len(c.stmt.targets) == 0 {
			return mysqlerr.Wrap(err, mysqlerr.NonUpdatableTable, e.As.String(), "UPDATE")
		}
	}
	if len(c.stmt.targets) == 0 {
		return nil
	}
	target := c.stmt.targets[0].Name.String()
	switch {
	case plan.ErrTruncateNotSupported.Is(err):
		db := c.stmt.targets[0].DbQualifier.String()
		return mysqlerr.Wrap(err, mysqlerr.NoSuchTable, cmp.Or(db, c.env.DB), target)
	case plan.ErrInsertIntoNotSupported.Is(err), strings.HasPrefix(err.Error(), "expected insert destination"):
		return mysqlerr.Wrap(err, mysqlerr.NonInsertableTable, target, "INSERT")
	case plan.ErrUpdateForTableNotSupported.Is(err):
		return mysqlerr.Wrap(err, mysqlerr.NonUpdatableTable, strings.Fields(err.Error())[3], "UPDATE")
	case plan.ErrUpdateNotSupported.Is(err):
		return mysqlerr.Wrap(err, mysqlerr.NonUpdatableTable, target, "UPDATE")
	case plan.ErrDeleteFromNotSupported.Is(err):
		return mysqlerr.Wrap(err, mysqlerr.NonUpdatableTable, target, "DELETE")
	}
	return nil
}

// drops reports whether the statement drops a column.
func (c *call) drops() bool {
	alter, ok := c.stmt.tree.Statement.(*sqlparser.AlterTable)
	return ok && slices.ContainsFunc(alter.Statements, func(d *sqlparser.DDL) bool {
		return d.ColumnAction == sqlparser.DropStr
	})
}

func stateOf(code uint16, otherwise string) string {
	if s := mysqlerr.New(code); s.Code == code {
		return s.State
	}
	return otherwise
}

// noSuchTable names the database, too. If no table was looked for in vain, it is
// the qualifier of a column that names none.
func (c *call) noSuchTable(err error) error {
	if c.missing.db == gms.InformationSchemaDatabaseName {
		return mysqlerr.Wrap(err, mysqlerr.UnknownTable, c.missing.name, c.missing.db)
	}
	if c.missing != (tableID{}) {
		return mysqlerr.Wrap(err, mysqlerr.NoSuchTable, c.missing.db, c.missing.name)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "table not found: "), ",")
	return mysqlerr.Wrap(err, mysqlerr.BadField, name, "field list")
}

func (n number) translate(err error) error {
	text := err.Error()
	out := mysqlerr.Wrap(err, n.code)
	out.Message = text
	switch {
	case n.args == whole:
		return mysqlerr.Wrap(err, n.code)
	case n.code == mysqlerr.WrongValueCountOnRow:
		return mysqlerr.Wrap(err, n.code, 1) // the library does not say which row
	case n.code == mysqlerr.BadField && n.args == nil:
		if m := quoted1.FindAllStringSubmatch(text, 2); m != nil {
			return mysqlerr.Wrap(err, n.code, m[len(m)-1][1], "field list")
		}
	case n.args != nil:
		if m := n.args.FindStringSubmatch(text); m != nil {
			args := make([]any, len(m)-1)
			for i := range args {
				args[i] = m[i+1]
			}
			if n.code == mysqlerr.BadField && !strings.HasSuffix(m[2], "clause") { // of INSERT it is the table
				args[1] = "field list"
			}
			return mysqlerr.Wrap(err, n.code, args...)
		}
	}
	return out
}

// texts are the library's errors that have no kind.
var texts = []struct {
	text *regexp.Regexp
	code uint16
}{
	{regexp.MustCompile(`^(syntax error|invalid syntax)`), mysqlerr.ParseError},
	{regexp.MustCompile(`(?i)every derived table must have its own alias`), mysqlerr.DerivedMustHaveAlias},
	{regexp.MustCompile(`(?i)illegal argument to regular expression`), mysqlerr.RegexpIllegal},
	{regexp.MustCompile(`(?i)index out of bounds for regular expression`), mysqlerr.RegexpBounds},
	{regexp.MustCompile(`(?i)the given regular expression is invalid`), mysqlerr.RegexpParenthesis},
	{regexp.MustCompile(`not a path to a cell in an array`), mysqlerr.JSONNotArrayCell},
	{regexp.MustCompile(`is not allowed in this context`), mysqlerr.JSONVacuousPath},
	{regexp.MustCompile(`Expected field name after '\.' at character \d+ of .*\*`), mysqlerr.JSONWildcardPath},
	{regexp.MustCompile(`(?i)not supported|unsupported|unimplemented|not yet`), mysqlerr.NotSupportedYet},
	{regexp.MustCompile(`(?i)out of range`), mysqlerr.DataOutOfRange},
}

func fromText(err error) error {
	for _, t := range texts {
		if t.text.MatchString(err.Error()) {
			out := mysqlerr.Wrap(err, t.code)
			if strings.Contains(out.Message, "%!") { // wants what the library does not say
				out.Message = err.Error()
			}
			return out
		}
	}
	return err
}
