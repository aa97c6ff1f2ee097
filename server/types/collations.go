package types

import (
	"strings"

	"github.com/xadb/xadb/server/weights"
)

// collations are those that there are, by MySQL's numbers: all of its character
// sets but the Japanese and Chinese orders of utf8mb4.
var collations = map[Collation]*collating{
	5:                  collationOf("latin1_german1_ci"),
	CollationLatin1:    collationOf("latin1_swedish_ci"),
	11:                 collationOf("ascii_general_ci"),
	15:                 collationOf("latin1_danish_ci"),
	20:                 collationOf("latin7_estonian_cs"),
	29:                 collationOf("cp1257_lithuanian_ci"),
	31:                 collationOf("latin1_german2_ci"),
	33:                 collationOf("utf8mb3_general_ci"),
	41:                 collationOf("latin7_general_ci"),
	42:                 collationOf("latin7_general_cs"),
	CollationGeneralCI: collationOf("utf8mb4_general_ci"),
	CollationBin:       collationOf("utf8mb4_bin"),
	CollationLatin1Bin: collationOf("latin1_bin"),
	48:                 collationOf("latin1_general_ci"),
	49:                 collationOf("latin1_general_cs"),
	57:                 collationOf("cp1256_general_ci"),
	58:                 collationOf("cp1257_bin"),
	59:                 collationOf("cp1257_general_ci"),
	CollationBinary:    collationOf("binary"),
	65:                 collationOf("ascii_bin"),
	67:                 collationOf("cp1256_bin"),
	76:                 collationOf("utf8mb3_tolower_ci"),
	79:                 collationOf("latin7_bin"),
	83:                 collationOf("utf8mb3_bin"),
	94:                 collationOf("latin1_spanish_ci"),
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
	cs, order, _ := strings.Cut(name, "_")
	k := &collating{name: name, charset: Charset(cs), levels: 1}
	k.noPad = name == "binary" || strings.Contains(name, "0900")
	if k.table = tableOf(name, order, k.charset); k.table != "" {
		k.weights = weights.Named(k.table)
	}
	switch {
	case strings.HasSuffix(order, "0900_as_ci"):
		k.levels = 2
	case strings.HasSuffix(order, "0900_as_cs"):
		k.levels = 3
	}
	return k
}

// tableOf is the name of a collation's table of weights. There is none where the
// bytes of UTF-8 are in order.
func tableOf(name, order string, cs Charset) string {
	utf8 := cs == CharsetUTF8MB3 || cs == CharsetUTF8MB4
	language, modern := strings.CutSuffix(order[:max(0, len(order)-len("_ai_ci"))], "0900")
	switch {
	case name == "binary" || strings.HasSuffix(name, "_bin") && (utf8 || cs == CharsetASCII):
		return ""
	case modern && language == "":
		return "0900"
	case modern:
		return "0900_" + strings.TrimSuffix(language, "_")
	case !utf8 || order == "tolower_ci" || order == "general_mysql500_ci":
		return name
	case order == "general_ci":
		return "general"
	case order == "unicode_ci":
		return "400"
	case order == "unicode_520_ci":
		return "520"
	}
	return "400_" + strings.TrimSuffix(order, "_ci")
}
