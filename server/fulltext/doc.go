// Package fulltext finds words in texts, and says how relevant a text is to a search,
// as InnoDB does (MySQL manual, Full-Text Search Functions).
//
//	Natural, Boolean   a search's text becomes a Query
//	Query.Count        each document of the table is counted
//	Query.Rank         a document's relevance, by what was counted
//
// Nothing is kept beyond the words of the search: it is the caller that reads the
// documents, twice.
//
// # What holds
//
//	F1  a word is letters, digits and underscores. Words of less than WordMin or more
//	    than WordMax characters and the stopwords are found in no document.
//	F2  words are equal if the collation's keys are.
//	F3  the rank is the sum over the words found of how often the document has the word,
//	    times the square of log10(documents / documents with the word): a word that the
//	    search names n times counts as one of n times as many documents.
//	F5  a search with query expansion is the first one's words, and once each other word
//	    of the documents that it finds.
//	F4  no text makes it panic. A search in boolean mode that makes no sense is a
//	    SyntaxError; one in natural language always makes sense.
package fulltext
