package reword

// forShare: a query in another that ends in FOR SHARE; options behind that are not known.
func forShare(r *rewriter, i int) {
	if r.is(i-1, "FOR") && !r.is(i+1, "OF") && !r.is(i+1, "NOWAIT") && !r.is(i+1, "SKIP") {
		r.replaceTokens(i-1, i, "LOCK IN SHARE MODE")
	}
}
