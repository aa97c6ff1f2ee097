package expr

import (
	"fmt"
	"math"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A locale is how FORMAT writes numbers: groups are the digits of each group, from the
// point on, the last of which goes on.
type locale struct {
	thousands, point string
	groups           []int
}

var english = locale{",", ".", []int{3}}

// locales are those of MySQL (MySQL manual, Locale Support) by the way they write
// numbers.
var locales = newLocales(map[string]locale{
	"ca_ES de_AT el_GR eu_ES fr_BE fr_CA fr_CH fr_FR fr_LU gl_ES hr_HR it_IT nl_BE nl_NL pl_PL pt_BR pt_PT sl_SI": {"", ",", nil},
	`ar_AE ar_BH ar_DZ ar_EG ar_IN ar_IQ ar_JO ar_KW ar_LB ar_LY ar_MA ar_OM ar_QA ar_SD ar_SY ar_TN ar_YE en_AU
	en_CA en_GB en_NZ en_PH en_US en_ZA en_ZW es_DO es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_SV es_US gu_IN
	he_IL hi_IN ja_JP ko_KR ms_MY th_TH ur_PK zh_CN zh_HK zh_TW`: english,
	"bg_BG": {"\u00a0", ",", []int{3}},
	"de_CH": {"'", ".", []int{3}},
	"cs_CZ es_CR et_EE fi_FI lv_LV mk_MK ru_RU sk_SK sv_FI sv_SE": {" ", ",", []int{3}},
	"it_CH rm_CH":       {"'", ",", []int{3}},
	"en_IN ta_IN te_IN": {",", ".", []int{3, 2}},
	`be_BY da_DK de_BE de_DE de_LU es_AR es_BO es_CL es_CO es_EC es_ES es_PY es_UY es_VE fo_FO hu_HU id_ID is_IS
	lt_LT mn_MN nb_NO no_NO ro_RO ru_UA sq_AL tr_TR uk_UA vi_VN`: {".", ",", []int{3}},
	"ar_SA sr_RS": {"", ".", nil},
})

func newLocales(by map[string]locale) map[string]locale {
	out := map[string]locale{}
	for names, l := range by {
		for name := range strings.FieldsSeq(names) {
			out[strings.ToLower(name)] = l
		}
	}
	return out
}

// formatPlacesMax is how many digits behind the point FORMAT writes at most.
const formatPlacesMax = 30

func formatNumber(ctx *gms.Context, f *Function, v []any) (any, error) {
	how := english
	if len(v) > 2 {
		var err error
		if how, err = f.locale(ctx, v[2]); err != nil {
			return nil, err
		}
	}
	if v[0] == nil || v[1] == nil {
		return nil, nil
	}
	places, err := f.whole(ctx, 1, v[1])
	if err != nil {
		return nil, err
	}
	places = min(max(places, 0), formatPlacesMax)
	t, _ := convert.FromType(f.Args[0].Type())
	var n decimal.Decimal
	if t.IsInteger() || t.Kind == types.Decimal {
		n, err = numberOf(ctx, v[0], f.Args[0].Type())
	} else {
		var x float64
		if x, err = f.double(ctx, 0, v[0]); err == nil && !math.IsInf(x, 0) {
			n = decimal.NewFromFloat(x)
		}
	}
	return how.write(n.StringFixed(int32(places))), err
}

// locale is the one of that name; one that there is not is en_US, and a warning.
func (f *Function) locale(ctx *gms.Context, v any) (locale, error) {
	name := "NULL"
	if v != nil {
		var err error
		if name, err = f.text(ctx, 2, v); err != nil {
			return english, err
		}
	}
	how, ok := locales[strings.ToLower(name)]
	if !ok {
		ctx.Warn(mysqlerr.UnknownLocale, "%s", mysqlerr.New(mysqlerr.UnknownLocale, name).Message)
		return english, nil
	}
	return how, nil
}

// write is a number such as -1234.50 as the locale has it.
func (l locale) write(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, has := strings.Cut(number, ".")
	var parts []string
	for i := 0; len(l.groups) > 0; i++ {
		n := l.groups[min(i, len(l.groups)-1)]
		if n <= 0 || len(whole) <= n {
			break
		}
		parts = append([]string{whole[len(whole)-n:]}, parts...)
		whole = whole[:len(whole)-n]
	}
	out := sign + strings.Join(append([]string{whole}, parts...), l.thousands)
	if has {
		out += l.point + fraction
	}
	return out
}

func formatBytes(ctx *gms.Context, f *Function, v []any) (any, error) {
	x, err := f.double(ctx, 0, v[0])
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	n, unit := x, 0
	for math.Abs(n) >= 1024 && unit < len(units)-1 {
		n, unit = n/1024, unit+1
	}
	switch {
	case unit == 0:
		return fmt.Sprintf("%4d %s", int64(n), units[0]), err
	case math.Abs(n) >= 100000:
		return fmt.Sprintf("%4.2e %s", n, units[unit]), err
	}
	return fmt.Sprintf("%4.2f %s", n, units[unit]), err
}

func formatPicoTime(ctx *gms.Context, f *Function, v []any) (any, error) {
	x, err := f.double(ctx, 0, v[0])
	for _, u := range []struct {
		name string
		of   float64
	}{{"d", 86400e12}, {"h", 3600e12}, {"min", 60e12}, {"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"ns", 1e3}} {
		if math.Abs(x) < u.of {
			continue
		}
		if n := x / u.of; math.Abs(n) >= 100000 {
			return fmt.Sprintf("%4.2e %s", n, u.name), err
		}
		return fmt.Sprintf("%4.2f %s", x/u.of, u.name), err
	}
	return fmt.Sprintf("%3d ps", int64(x)), err
}
