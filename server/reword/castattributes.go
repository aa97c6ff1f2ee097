package reword

// What CAST and CONVERT say of texts, which the parser does not know.

// castText writes attributes of the type that a value is cast to:
//
//	CAST(a AS CHAR(3) BINARY)            ->   (CAST(a AS CHAR(3)) COLLATE utf8mb4_bin)
//	CAST(a AS CHAR BINARY CHARSET x)     ->   (CAST(a AS CHAR CHARSET x) COLLATE x_bin)
//	CAST(a AS CHAR(3) ASCII)             ->   CAST(a AS CHAR(3) CHARACTER SET latin1)
//
// It is for a text that the parser has refused; i is where the type begins.
func castText(r *rewriter, i int) {
	if !r.is(i-1, "AS") && !r.is(i-1, ",") || !r.is(i, "CHAR") && !r.is(i, "CHARACTER") {
		return
	}
	attribute := i + 1
	if r.is(attribute, "(") {
		attribute = r.pair[attribute] + 1
	}
	if attribute <= i {
		return
	}
	end, set := attribute+1, attributeCharset(r.at(attribute))
	switch {
	case set != "" && r.is(end, ")"):
		r.replaceTokens(attribute, attribute, "CHARACTER SET "+set)
	case r.is(attribute, "BINARY"):
		r.castBinary(i, attribute)
	}
}

// castByte: CAST(a AS CHAR(3) BYTE) is CAST(a AS BINARY(3)).
func castByte(r *rewriter, i int) {
	char := i - 1
	if r.is(char, ")") && r.pair[char] > 0 {
		char = r.pair[char] - 1
	}
	if r.is(i+1, ")") && (r.is(char, "CHAR") || r.is(char, "CHARACTER")) && (r.is(char-1, "AS") || r.is(char-1, ",")) {
		r.replaceTokens(char, char, "BINARY")
		r.replaceTokens(i, i, "")
	}
}

// castBinary is BINARY at a place behind a type, whose character set may follow.
func (r *rewriter) castBinary(i, binary int) {
	end, charset := binary+1, "utf8mb4"
	switch {
	case r.is(end, "CHARSET"):
		end, charset = end+2, r.at(end+1).Text
	case r.is(end, "CHARACTER") && r.is(end+1, "SET"):
		end, charset = end+3, r.at(end+2).Text
	}
	if !r.is(end, ")") || r.pair[end] < 1 {
		return
	}
	r.replaceTokens(binary, binary, "")
	r.wrapTokens(r.pair[end]-1, end+1, "(", " COLLATE "+charset+"_bin)")
}
