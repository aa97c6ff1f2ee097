package mysqlerr

// The numbers of column types, their values and character sets.
const (
	CollationMismatch       = 1253
	ConflictingDeclarations = 1302
	IllegalMix              = 1267
	DuplicatedValueInType   = 1291
	IllegalValueForType     = 1367
	InvalidJSONText         = 3140
	InvalidJSONPath         = 3143
	InvalidJSONCharset      = 3144
	InvalidJSONType         = 3146
	JSONUsedAsKey           = 3152
	JSONKeyTooBig           = 3151
	JSONValueTooBig         = 3150
	JSONDocumentTooDeep     = 3157
	TooBigEnum              = 3505
	TooBigSet               = 1097
	InvalidFieldSize        = 3013
	CantCreateGeometry      = 1416
	SpatialCantBeNull       = 1252
	DifferentSRIDs          = 3033
	InvalidGISData          = 3037
	UnexpectedGeometry      = 3516
	UnknownOptionKey        = 3558
	OptionValue             = 3559
	NoOption                = 3560
	OptionTwice             = 3564
	LongitudeRange          = 3616
	LatitudeRange           = 3617
	NotForGeographic        = 3618
	NotForCartesian         = 3704
	NotForProjected         = 3705
	NoRadius                = 3706
	OnlyGeographic          = 3726
	NoLengthUnit            = 3882
	UnitNotFound            = 3902
	CollectedSRIDs          = 4034
	SRSNotFound             = 3548
	WrongSRID               = 3643
	SpatialNotUnique        = 3728
	VectorAsKey             = 6134
	VectorMeetsOther        = 6135
	NoVector                = 6136
	VectorTooLarge          = 6137
	NoVectorText            = 6138
)

func init() {
	for code, d := range map[uint16]definition{
		TooBigSet:               {"HY000", "Too many strings for column %s and SET"},
		InvalidFieldSize:        {"42000", "Invalid size for column '%s'."},
		TooBigEnum:              {"HY000", "Too many enumeration values for column %s."},
		ConflictingDeclarations: {"HY000", "Conflicting declarations: '%s%s' and '%s%s'"},
		CollationMismatch:       {"42000", "COLLATION '%s' is not valid for CHARACTER SET '%s'"},
		IllegalMix:              {"HY000", "Illegal mix of collations (%s,%s) and (%s,%s) for operation '%s'"},
		DuplicatedValueInType:   {"HY000", "Column '%s' has duplicated value '%s' in %s"},
		IllegalValueForType:     {"22007", "Illegal %s '%s' value found during parsing"},
		InvalidJSONPath:         {"42000", "Invalid JSON path expression. The error is around character position %d."},
		InvalidJSONText:         {"22032", "Invalid JSON text: %s at position %d in value for column '%s'."},
		InvalidJSONType:         {"22032", "Invalid data type for JSON data in argument %s to function %s; a JSON string or JSON type is required."},
		InvalidJSONCharset:      {"22032", "Cannot create a JSON value from a string with CHARACTER SET '%s'."},
		JSONUsedAsKey:           {"42000", "JSON column '%s' supports indexing only via generated columns on a specified JSON path."},
		JSONKeyTooBig:           {"22032", "The JSON object contains a key name that is too long."},
		JSONValueTooBig:         {"22032", "The JSON value is too big to be stored in a JSON column."},
		CantCreateGeometry:      {"22003", "Cannot get geometry object from data you send to the GEOMETRY field"},
		DifferentSRIDs:          {"HY000", "Binary geometry function %s given two geometries of different srids: %s and %s, which should have been identical."},
		InvalidGISData:          {"22023", "Invalid GIS data provided to function %s."},
		SpatialCantBeNull:       {"42000", "All parts of a SPATIAL index must be NOT NULL"},
		UnexpectedGeometry:      {"22S01", "%s value is a geometry of unexpected type %s in %s."},
		UnknownOptionKey:        {"22023", "Invalid option key '%s' in function %s."},
		OptionValue:             {"22023", "Invalid value '%s' for option '%s' in function '%s'."},
		NoOption:                {"22023", "The string '%s' is not a valid key = value pair in function %s."},
		OptionTwice:             {"22023", "Duplicate option key '%s' in funtion '%s'."},
		LongitudeRange:          {"22S02", "Longitude %f is out of range in function %s. It must be within (%f, %f]."},
		LatitudeRange:           {"22S03", "Latitude %f is out of range in function %s. It must be within [%f, %f]."},
		NotForGeographic:        {"22S00", "%s(%s) has not been implemented for geographic spatial reference systems."},
		NotForCartesian:         {"22S00", "%s(%s) has not been implemented for Cartesian spatial reference systems."},
		NotForProjected:         {"22S00", "%s(%s) has not been implemented for projected spatial reference systems."},
		NoRadius:                {"22003", "Invalid radius provided to function %s: Radius must be greater than zero."},
		OnlyGeographic:          {"22S00", "Function %s is only defined for geographic spatial reference systems, but one of its arguments is in SRID %d, which is not geographic."},
		NoLengthUnit:            {"SU001", "The geometry passed to function %s is in SRID %d, which doesn't specify a length unit. Can't convert to '%s'."},
		UnitNotFound:            {"SU001", "There's no unit of measure named '%s'."},
		CollectedSRIDs:          {"22S05", "Arguments to function %s contains geometries with different SRIDs: %d and %d. All geometries must have the same SRID."},
		SRSNotFound:             {"SR001", "There's no spatial reference system with SRID %s."},
		WrongSRID:               {"HY000", "The SRID of the geometry does not match the SRID of the column '%s'. The SRID of the geometry is %d, but the SRID of the column is %d. Consider changing the SRID of the geometry or the SRID property of the column."},
		SpatialNotUnique:        {"HY000", "Spatial indexes can't be primary or unique indexes."},
		VectorAsKey:             {"HY000", "Non-scalar (e.g., vector) column '%s' cannot be used as key."},
		VectorMeetsOther:        {"HY000", "Columns aggregated with incompatible types: '%s', '%s'."},
		NoVector:                {"HY000", "Value of type '%s, size: %d' cannot be converted to 'vector' type."},
		VectorTooLarge:          {"HY000", "Data size (%d Bytes, %d dimensions) exceeds VECTOR max (%d Bytes, %d dimensions) for column: '%s'"},
		NoVectorText:            {"HY000", "Data cannot be converted to a valid vector: '%s'"},
		JSONDocumentTooDeep:     {"22032", "The JSON document exceeds the maximum depth."},
	} {
		table[code] = d
	}
}
