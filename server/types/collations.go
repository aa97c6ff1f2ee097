package types

import (
	"strings"

	"github.com/xadb/xadb/server/weights"
)

// collations are those that there are, by MySQL's numbers.
var collations = map[Collation]*collating{
	1:                  collationOf("big5_chinese_ci"),
	3:                  collationOf("dec8_swedish_ci"),
	4:                  collationOf("cp850_general_ci"),
	5:                  collationOf("latin1_german1_ci"),
	6:                  collationOf("hp8_english_ci"),
	7:                  collationOf("koi8r_general_ci"),
	CollationLatin1:    collationOf("latin1_swedish_ci"),
	9:                  collationOf("latin2_general_ci"),
	10:                 collationOf("swe7_swedish_ci"),
	11:                 collationOf("ascii_general_ci"),
	12:                 collationOf("ujis_japanese_ci"),
	13:                 collationOf("sjis_japanese_ci"),
	14:                 collationOf("cp1251_bulgarian_ci"),
	15:                 collationOf("latin1_danish_ci"),
	16:                 collationOf("hebrew_general_ci"),
	19:                 collationOf("euckr_korean_ci"),
	20:                 collationOf("latin7_estonian_cs"),
	21:                 collationOf("latin2_hungarian_ci"),
	22:                 collationOf("koi8u_general_ci"),
	23:                 collationOf("cp1251_ukrainian_ci"),
	24:                 collationOf("gb2312_chinese_ci"),
	25:                 collationOf("greek_general_ci"),
	26:                 collationOf("cp1250_general_ci"),
	27:                 collationOf("latin2_croatian_ci"),
	28:                 collationOf("gbk_chinese_ci"),
	29:                 collationOf("cp1257_lithuanian_ci"),
	30:                 collationOf("latin5_turkish_ci"),
	31:                 collationOf("latin1_german2_ci"),
	32:                 collationOf("armscii8_general_ci"),
	33:                 collationOf("utf8mb3_general_ci"),
	35:                 collationOf("ucs2_general_ci"),
	36:                 collationOf("cp866_general_ci"),
	37:                 collationOf("keybcs2_general_ci"),
	38:                 collationOf("macce_general_ci"),
	39:                 collationOf("macroman_general_ci"),
	40:                 collationOf("cp852_general_ci"),
	41:                 collationOf("latin7_general_ci"),
	42:                 collationOf("latin7_general_cs"),
	43:                 collationOf("macce_bin"),
	44:                 collationOf("cp1250_croatian_ci"),
	CollationGeneralCI: collationOf("utf8mb4_general_ci"),
	CollationBin:       collationOf("utf8mb4_bin"),
	CollationLatin1Bin: collationOf("latin1_bin"),
	48:                 collationOf("latin1_general_ci"),
	49:                 collationOf("latin1_general_cs"),
	50:                 collationOf("cp1251_bin"),
	51:                 collationOf("cp1251_general_ci"),
	52:                 collationOf("cp1251_general_cs"),
	53:                 collationOf("macroman_bin"),
	54:                 collationOf("utf16_general_ci"),
	55:                 collationOf("utf16_bin"),
	56:                 collationOf("utf16le_general_ci"),
	57:                 collationOf("cp1256_general_ci"),
	58:                 collationOf("cp1257_bin"),
	59:                 collationOf("cp1257_general_ci"),
	60:                 collationOf("utf32_general_ci"),
	61:                 collationOf("utf32_bin"),
	62:                 collationOf("utf16le_bin"),
	CollationBinary:    collationOf("binary"),
	64:                 collationOf("armscii8_bin"),
	65:                 collationOf("ascii_bin"),
	66:                 collationOf("cp1250_bin"),
	67:                 collationOf("cp1256_bin"),
	68:                 collationOf("cp866_bin"),
	69:                 collationOf("dec8_bin"),
	70:                 collationOf("greek_bin"),
	71:                 collationOf("hebrew_bin"),
	72:                 collationOf("hp8_bin"),
	73:                 collationOf("keybcs2_bin"),
	74:                 collationOf("koi8r_bin"),
	75:                 collationOf("koi8u_bin"),
	76:                 collationOf("utf8mb3_tolower_ci"),
	77:                 collationOf("latin2_bin"),
	78:                 collationOf("latin5_bin"),
	79:                 collationOf("latin7_bin"),
	80:                 collationOf("cp850_bin"),
	81:                 collationOf("cp852_bin"),
	82:                 collationOf("swe7_bin"),
	83:                 collationOf("utf8mb3_bin"),
	84:                 collationOf("big5_bin"),
	85:                 collationOf("euckr_bin"),
	86:                 collationOf("gb2312_bin"),
	87:                 collationOf("gbk_bin"),
	88:                 collationOf("sjis_bin"),
	89:                 collationOf("tis620_bin"),
	90:                 collationOf("ucs2_bin"),
	91:                 collationOf("ujis_bin"),
	92:                 collationOf("geostd8_general_ci"),
	93:                 collationOf("geostd8_bin"),
	94:                 collationOf("latin1_spanish_ci"),
	95:                 collationOf("cp932_japanese_ci"),
	96:                 collationOf("cp932_bin"),
	97:                 collationOf("eucjpms_japanese_ci"),
	98:                 collationOf("eucjpms_bin"),
	99:                 collationOf("cp1250_polish_ci"),
	101:                collationOf("utf16_unicode_ci"),
	102:                collationOf("utf16_icelandic_ci"),
	103:                collationOf("utf16_latvian_ci"),
	104:                collationOf("utf16_romanian_ci"),
	105:                collationOf("utf16_slovenian_ci"),
	106:                collationOf("utf16_polish_ci"),
	107:                collationOf("utf16_estonian_ci"),
	108:                collationOf("utf16_spanish_ci"),
	109:                collationOf("utf16_swedish_ci"),
	110:                collationOf("utf16_turkish_ci"),
	111:                collationOf("utf16_czech_ci"),
	112:                collationOf("utf16_danish_ci"),
	113:                collationOf("utf16_lithuanian_ci"),
	114:                collationOf("utf16_slovak_ci"),
	115:                collationOf("utf16_spanish2_ci"),
	116:                collationOf("utf16_roman_ci"),
	117:                collationOf("utf16_persian_ci"),
	118:                collationOf("utf16_esperanto_ci"),
	119:                collationOf("utf16_hungarian_ci"),
	120:                collationOf("utf16_sinhala_ci"),
	121:                collationOf("utf16_german2_ci"),
	122:                collationOf("utf16_croatian_ci"),
	123:                collationOf("utf16_unicode_520_ci"),
	124:                collationOf("utf16_vietnamese_ci"),
	128:                collationOf("ucs2_unicode_ci"),
	129:                collationOf("ucs2_icelandic_ci"),
	130:                collationOf("ucs2_latvian_ci"),
	131:                collationOf("ucs2_romanian_ci"),
	132:                collationOf("ucs2_slovenian_ci"),
	133:                collationOf("ucs2_polish_ci"),
	134:                collationOf("ucs2_estonian_ci"),
	135:                collationOf("ucs2_spanish_ci"),
	136:                collationOf("ucs2_swedish_ci"),
	137:                collationOf("ucs2_turkish_ci"),
	138:                collationOf("ucs2_czech_ci"),
	139:                collationOf("ucs2_danish_ci"),
	140:                collationOf("ucs2_lithuanian_ci"),
	141:                collationOf("ucs2_slovak_ci"),
	142:                collationOf("ucs2_spanish2_ci"),
	143:                collationOf("ucs2_roman_ci"),
	144:                collationOf("ucs2_persian_ci"),
	145:                collationOf("ucs2_esperanto_ci"),
	146:                collationOf("ucs2_hungarian_ci"),
	147:                collationOf("ucs2_sinhala_ci"),
	148:                collationOf("ucs2_german2_ci"),
	149:                collationOf("ucs2_croatian_ci"),
	150:                collationOf("ucs2_unicode_520_ci"),
	151:                collationOf("ucs2_vietnamese_ci"),
	159:                collationOf("ucs2_general_mysql500_ci"),
	160:                collationOf("utf32_unicode_ci"),
	161:                collationOf("utf32_icelandic_ci"),
	162:                collationOf("utf32_latvian_ci"),
	163:                collationOf("utf32_romanian_ci"),
	164:                collationOf("utf32_slovenian_ci"),
	165:                collationOf("utf32_polish_ci"),
	166:                collationOf("utf32_estonian_ci"),
	167:                collationOf("utf32_spanish_ci"),
	168:                collationOf("utf32_swedish_ci"),
	169:                collationOf("utf32_turkish_ci"),
	170:                collationOf("utf32_czech_ci"),
	171:                collationOf("utf32_danish_ci"),
	172:                collationOf("utf32_lithuanian_ci"),
	173:                collationOf("utf32_slovak_ci"),
	174:                collationOf("utf32_spanish2_ci"),
	175:                collationOf("utf32_roman_ci"),
	176:                collationOf("utf32_persian_ci"),
	177:                collationOf("utf32_esperanto_ci"),
	178:                collationOf("utf32_hungarian_ci"),
	179:                collationOf("utf32_sinhala_ci"),
	180:                collationOf("utf32_german2_ci"),
	181:                collationOf("utf32_croatian_ci"),
	182:                collationOf("utf32_unicode_520_ci"),
	183:                collationOf("utf32_vietnamese_ci"),
	192:                collationOf("utf8mb3_unicode_ci"),
	193:                collationOf("utf8mb3_icelandic_ci"),
	194:                collationOf("utf8mb3_latvian_ci"),
	195:                collationOf("utf8mb3_romanian_ci"),
	196:                collationOf("utf8mb3_slovenian_ci"),
	197:                collationOf("utf8mb3_polish_ci"),
	198:                collationOf("utf8mb3_estonian_ci"),
	199:                collationOf("utf8mb3_spanish_ci"),
	200:                collationOf("utf8mb3_swedish_ci"),
	201:                collationOf("utf8mb3_turkish_ci"),
	202:                collationOf("utf8mb3_czech_ci"),
	203:                collationOf("utf8mb3_danish_ci"),
	204:                collationOf("utf8mb3_lithuanian_ci"),
	205:                collationOf("utf8mb3_slovak_ci"),
	206:                collationOf("utf8mb3_spanish2_ci"),
	207:                collationOf("utf8mb3_roman_ci"),
	208:                collationOf("utf8mb3_persian_ci"),
	209:                collationOf("utf8mb3_esperanto_ci"),
	210:                collationOf("utf8mb3_hungarian_ci"),
	211:                collationOf("utf8mb3_sinhala_ci"),
	212:                collationOf("utf8mb3_german2_ci"),
	213:                collationOf("utf8mb3_croatian_ci"),
	214:                collationOf("utf8mb3_unicode_520_ci"),
	215:                collationOf("utf8mb3_vietnamese_ci"),
	223:                collationOf("utf8mb3_general_mysql500_ci"),
	224:                collationOf("utf8mb4_unicode_ci"),
	225:                collationOf("utf8mb4_icelandic_ci"),
	226:                collationOf("utf8mb4_latvian_ci"),
	227:                collationOf("utf8mb4_romanian_ci"),
	228:                collationOf("utf8mb4_slovenian_ci"),
	229:                collationOf("utf8mb4_polish_ci"),
	230:                collationOf("utf8mb4_estonian_ci"),
	231:                collationOf("utf8mb4_spanish_ci"),
	232:                collationOf("utf8mb4_swedish_ci"),
	233:                collationOf("utf8mb4_turkish_ci"),
	234:                collationOf("utf8mb4_czech_ci"),
	235:                collationOf("utf8mb4_danish_ci"),
	236:                collationOf("utf8mb4_lithuanian_ci"),
	237:                collationOf("utf8mb4_slovak_ci"),
	238:                collationOf("utf8mb4_spanish2_ci"),
	239:                collationOf("utf8mb4_roman_ci"),
	240:                collationOf("utf8mb4_persian_ci"),
	241:                collationOf("utf8mb4_esperanto_ci"),
	242:                collationOf("utf8mb4_hungarian_ci"),
	243:                collationOf("utf8mb4_sinhala_ci"),
	244:                collationOf("utf8mb4_german2_ci"),
	245:                collationOf("utf8mb4_croatian_ci"),
	246:                collationOf("utf8mb4_unicode_520_ci"),
	247:                collationOf("utf8mb4_vietnamese_ci"),
	248:                collationOf("gb18030_chinese_ci"),
	249:                collationOf("gb18030_bin"),
	250:                collationOf("gb18030_unicode_520_ci"),
	CollationModern:    collationOf("utf8mb4_0900_ai_ci"),
	256:                collationOf("utf8mb4_de_pb_0900_ai_ci"),
	257:                collationOf("utf8mb4_is_0900_ai_ci"),
	258:                collationOf("utf8mb4_lv_0900_ai_ci"),
	259:                collationOf("utf8mb4_ro_0900_ai_ci"),
	260:                collationOf("utf8mb4_sl_0900_ai_ci"),
	261:                collationOf("utf8mb4_pl_0900_ai_ci"),
	262:                collationOf("utf8mb4_et_0900_ai_ci"),
	263:                collationOf("utf8mb4_es_0900_ai_ci"),
	264:                collationOf("utf8mb4_sv_0900_ai_ci"),
	265:                collationOf("utf8mb4_tr_0900_ai_ci"),
	266:                collationOf("utf8mb4_cs_0900_ai_ci"),
	267:                collationOf("utf8mb4_da_0900_ai_ci"),
	268:                collationOf("utf8mb4_lt_0900_ai_ci"),
	269:                collationOf("utf8mb4_sk_0900_ai_ci"),
	270:                collationOf("utf8mb4_es_trad_0900_ai_ci"),
	271:                collationOf("utf8mb4_la_0900_ai_ci"),
	273:                collationOf("utf8mb4_eo_0900_ai_ci"),
	274:                collationOf("utf8mb4_hu_0900_ai_ci"),
	275:                collationOf("utf8mb4_hr_0900_ai_ci"),
	277:                collationOf("utf8mb4_vi_0900_ai_ci"),
	278:                collationOf("utf8mb4_0900_as_cs"),
	279:                collationOf("utf8mb4_de_pb_0900_as_cs"),
	280:                collationOf("utf8mb4_is_0900_as_cs"),
	281:                collationOf("utf8mb4_lv_0900_as_cs"),
	282:                collationOf("utf8mb4_ro_0900_as_cs"),
	283:                collationOf("utf8mb4_sl_0900_as_cs"),
	284:                collationOf("utf8mb4_pl_0900_as_cs"),
	285:                collationOf("utf8mb4_et_0900_as_cs"),
	286:                collationOf("utf8mb4_es_0900_as_cs"),
	287:                collationOf("utf8mb4_sv_0900_as_cs"),
	288:                collationOf("utf8mb4_tr_0900_as_cs"),
	289:                collationOf("utf8mb4_cs_0900_as_cs"),
	290:                collationOf("utf8mb4_da_0900_as_cs"),
	291:                collationOf("utf8mb4_lt_0900_as_cs"),
	292:                collationOf("utf8mb4_sk_0900_as_cs"),
	293:                collationOf("utf8mb4_es_trad_0900_as_cs"),
	294:                collationOf("utf8mb4_la_0900_as_cs"),
	296:                collationOf("utf8mb4_eo_0900_as_cs"),
	297:                collationOf("utf8mb4_hu_0900_as_cs"),
	298:                collationOf("utf8mb4_hr_0900_as_cs"),
	300:                collationOf("utf8mb4_vi_0900_as_cs"),
	305:                collationOf("utf8mb4_0900_as_ci"),
	306:                collationOf("utf8mb4_ru_0900_ai_ci"),
	307:                collationOf("utf8mb4_ru_0900_as_cs"),
	collationModernBin: collationOf("utf8mb4_0900_bin"),
	310:                collationOf("utf8mb4_nb_0900_ai_ci"),
	311:                collationOf("utf8mb4_nb_0900_as_cs"),
	312:                collationOf("utf8mb4_nn_0900_ai_ci"),
	313:                collationOf("utf8mb4_nn_0900_as_cs"),
	314:                collationOf("utf8mb4_sr_latn_0900_ai_ci"),
	315:                collationOf("utf8mb4_sr_latn_0900_as_cs"),
	316:                collationOf("utf8mb4_bs_0900_ai_ci"),
	317:                collationOf("utf8mb4_bs_0900_as_cs"),
	318:                collationOf("utf8mb4_bg_0900_ai_ci"),
	319:                collationOf("utf8mb4_bg_0900_as_cs"),
	320:                collationOf("utf8mb4_gl_0900_ai_ci"),
	321:                collationOf("utf8mb4_gl_0900_as_cs"),
	322:                collationOf("utf8mb4_mn_cyrl_0900_ai_ci"),
	323:                collationOf("utf8mb4_mn_cyrl_0900_as_cs"),
}

// collationOf knows a collation by its name, which begins with the character set
// and ends with what counts: accents and case (as_cs), accents (as_ci), or neither.
func collationOf(name string) *collating {
	set, order, _ := strings.Cut(name, "_")
	cs := Charset(set)
	k := &collating{name: name, charset: cs, levels: 1}
	k.noPad = name == "binary" || strings.Contains(name, "0900")
	if k.table = tableOf(name, order, cs); k.table != "" {
		k.weights = weights.Named(k.table)
	}
	switch {
	case strings.HasSuffix(order, "0900_as_ci"):
		k.levels = 2
	case strings.HasSuffix(order, "0900_as_cs"):
		k.levels = 3
	case charsetInfos[cs].bytes == 1:
		k.told = inBytes
	case k.table == name && !cs.isUTF():
		k.told = inMixed
	}
	return k
}

// isUTF: the set has the characters of Unicode, and its order of them.
func (cs Charset) isUTF() bool { return strings.HasPrefix(string(cs), "utf") || cs == "ucs2" }

// tableOf is the name of a collation's table of weights. There is none where the
// bytes of UTF-8 are in order.
func tableOf(name, order string, cs Charset) string {
	language, modern := strings.CutSuffix(order[:max(0, len(order)-len("_ai_ci"))], "0900")
	switch {
	case name == "binary" || strings.HasSuffix(name, "_bin") && (cs.isUTF() || cs == CharsetASCII):
		return ""
	case modern && language == "":
		return "0900"
	case modern:
		return "0900_" + strings.TrimSuffix(language, "_")
	case order == "unicode_520_ci":
		return "520"
	case !cs.isUTF() || order == "tolower_ci":
		return name
	case order == "general_mysql500_ci":
		return "utf8mb3_" + order
	case order == "general_ci":
		return "general"
	case order == "unicode_ci":
		return "400"
	}
	return "400_" + strings.TrimSuffix(order, "_ci")
}

// SortLength is MySQL's figure for the memory that sorting takes.
func (c Collation) SortLength() int {
	k := c.known()
	switch {
	case k.noPad && k.weights != nil:
		return 0
	case k.name == "gb18030_chinese_ci" || k.name == "latin1_german2_ci":
		return 2
	case strings.HasPrefix(k.table, "400") || k.table == "520":
		return 8
	}
	return 1
}
