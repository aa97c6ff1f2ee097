package types

import "github.com/xadb/xadb/server/codes"

// A Charset is a character set. Text is UTF-8 in memory and in rows, whatever
// its set: the set says which characters there may be, and how clients and the
// binlog see them.
type Charset string

// The character sets that are named in code.
const (
	CharsetASCII   Charset = "ascii"
	CharsetBinary  Charset = "binary"
	CharsetLatin1  Charset = "latin1"
	CharsetUTF8MB3 Charset = "utf8mb3"
	CharsetUTF8MB4 Charset = "utf8mb4"
)

// A charsetInfo is what is known of a character set: its collation if only the set is
// named, the most bytes of a character, what SHOW CHARACTER SET says of it, and the
// codes where they are not those of UTF-8.
type charsetInfo struct {
	collation   Collation
	bytes       int
	description string
	codes       codes.Set
}

var charsetInfos = map[Charset]*charsetInfo{
	"armscii8": {32, 1, "ARMSCII-8 Armenian", codes.Named("armscii8")},
	"ascii":    {11, 1, "US ASCII", nil},
	"big5":     {1, 2, "Big5 Traditional Chinese", codes.Named("big5")},
	"binary":   {63, 1, "Binary pseudo charset", nil},
	"cp1250":   {26, 1, "Windows Central European", codes.Named("cp1250")},
	"cp1251":   {51, 1, "Windows Cyrillic", codes.Named("cp1251")},
	"cp1256":   {57, 1, "Windows Arabic", codes.Named("cp1256")},
	"cp1257":   {59, 1, "Windows Baltic", codes.Named("cp1257")},
	"cp850":    {4, 1, "DOS West European", codes.Named("cp850")},
	"cp852":    {40, 1, "DOS Central European", codes.Named("cp852")},
	"cp866":    {36, 1, "DOS Russian", codes.Named("cp866")},
	"cp932":    {95, 2, "SJIS for Windows Japanese", codes.Named("cp932")},
	"dec8":     {3, 1, "DEC West European", codes.Named("dec8")},
	"eucjpms":  {97, 3, "UJIS for Windows Japanese", codes.Named("eucjpms")},
	"euckr":    {19, 2, "EUC-KR Korean", codes.Named("euckr")},
	"gb18030":  {248, 4, "China National Standard GB18030", codes.Named("gb18030")},
	"gb2312":   {24, 2, "GB2312 Simplified Chinese", codes.Named("gb2312")},
	"gbk":      {28, 2, "GBK Simplified Chinese", codes.Named("gbk")},
	"geostd8":  {92, 1, "GEOSTD8 Georgian", codes.Named("geostd8")},
	"greek":    {25, 1, "ISO 8859-7 Greek", codes.Named("greek")},
	"hebrew":   {16, 1, "ISO 8859-8 Hebrew", codes.Named("hebrew")},
	"hp8":      {6, 1, "HP West European", codes.Named("hp8")},
	"keybcs2":  {37, 1, "DOS Kamenicky Czech-Slovak", codes.Named("keybcs2")},
	"koi8r":    {7, 1, "KOI8-R Relcom Russian", codes.Named("koi8r")},
	"koi8u":    {22, 1, "KOI8-U Ukrainian", codes.Named("koi8u")},
	"latin1":   {8, 1, "cp1252 West European", codes.Named("latin1")},
	"latin2":   {9, 1, "ISO 8859-2 Central European", codes.Named("latin2")},
	"latin5":   {30, 1, "ISO 8859-9 Turkish", codes.Named("latin5")},
	"latin7":   {41, 1, "ISO 8859-13 Baltic", codes.Named("latin7")},
	"macce":    {38, 1, "Mac Central European", codes.Named("macce")},
	"macroman": {39, 1, "Mac West European", codes.Named("macroman")},
	"sjis":     {13, 2, "Shift-JIS Japanese", codes.Named("sjis")},
	"swe7":     {10, 1, "7bit Swedish", codes.Named("swe7")},
	"tis620":   {18, 1, "TIS620 Thai", codes.Named("tis620")},
	"ucs2":     {35, 2, "UCS-2 Unicode", codes.Named("ucs2")},
	"ujis":     {12, 3, "EUC-JP Japanese", codes.Named("ujis")},
	"utf16":    {54, 4, "UTF-16 Unicode", codes.Named("utf16")},
	"utf16le":  {56, 4, "UTF-16LE Unicode", codes.Named("utf16le")},
	"utf32":    {60, 4, "UTF-32 Unicode", codes.Named("utf32")},
	"utf8mb3":  {33, 3, "UTF-8 Unicode", nil},
	"utf8mb4":  {CollationGeneralCI, 4, "UTF-8 Unicode", nil},
}

// Charsets are the character sets, in no order.
func Charsets() []Charset {
	out := make([]Charset, 0, len(charsetInfos))
	for cs := range charsetInfos {
		out = append(out, cs)
	}
	return out
}

// Description is what SHOW CHARACTER SET says of a set.
func (cs Charset) Description() string { return charsetInfos[cs].description }
