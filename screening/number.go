package screening

import (
	"strconv"
	"strings"
)

// Int is a whole number; its canonical text is plain decimal digits.
type Int int64

// Kind is KindInt.
func (n Int) Kind() Kind { return KindInt }

// Canonical returns the digits, with a minus sign where needed.
func (n Int) Canonical() string { return strconv.FormatInt(int64(n), 10) }

func parseInt(text string) (Value, error) {
	n, err := strconv.ParseInt(plainDigits(text), 10, 64)
	if err != nil {
		return nil, &ValueError{KindInt, "not a whole number"}
	}
	return Int(n), nil
}

// Decimal is a decimal number held as its canonical text, so that no rounding
// can creep in: no plus sign, no needless zeros, no negative zero.
type Decimal struct{ text string }

// Kind is KindDecimal.
func (d Decimal) Kind() Kind { return KindDecimal }

// Canonical returns the number in its one form, for example "-0.5".
func (d Decimal) Canonical() string { return d.text }

// Float returns the number for comparisons with thresholds.
func (d Decimal) Float() float64 {
	f, _ := strconv.ParseFloat(d.text, 64)
	return f
}

const decimalDigitsMax = 30

func parseDecimal(text string) (Value, error) {
	rest, negative := strings.CutPrefix(plainDigits(text), "-")
	whole, fraction, _ := strings.Cut(rest, ".")
	if len(rest) > decimalDigitsMax || !onlyDigits(whole) || fraction != "" && !onlyDigits(fraction) || strings.HasSuffix(rest, ".") {
		return nil, &ValueError{KindDecimal, "not a decimal number"}
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	out := whole
	if whole == "" {
		out = "0"
	}
	if fraction != "" {
		out += "." + fraction
	}
	if negative && out != "0" {
		out = "-" + out
	}
	return Decimal{out}, nil
}

func onlyDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// plainDigits turns Khmer (U+17E0..9) and Thai (U+0E50..9) digits into 0..9
// and trims blanks, so that a number is one number in whatever script.
func plainDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '០' && r <= '៩':
			return '0' + r - '០'
		case r >= '๐' && r <= '๙':
			return '0' + r - '๐'
		}
		return r
	}, strings.TrimSpace(text))
}
