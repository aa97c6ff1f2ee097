package exec

// DifferentialScript is for the comparison with the other tier.
var DifferentialScript = differentialScript

// RawCell is a value as the text protocol sends it.
var RawCell = rawCell
