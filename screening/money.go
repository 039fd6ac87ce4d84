package screening

import (
	"slices"
	"strconv"
	"strings"
)

// Money is an amount in minor units of a currency and, for pay, the period it
// is paid for. Canonical text: "1200000 THB/month", amount in minor units.
type Money struct {
	Minor    int64  // satang and cents; the riel has no minor unit in use
	Currency string // "KHR", "THB" or "USD"
	Period   string // a code of the choice list "payper", or "" for a sum
}

// minorDigits gives the decimals of each currency in use at the border.
var minorDigits = map[string]int{"KHR": 0, "THB": 2, "USD": 2}

// Currencies returns the currencies that an answer may have.
func Currencies() []string { return []string{"KHR", "THB", "USD"} }

// PayPeriods returns the codes of the choice list "payper".
func PayPeriods() []string {
	return []string{"hour", "day", "week", "month", "trip", "season", "piece", "total"}
}

// ParseMoney reads the canonical text.
func ParseMoney(text string) (Value, error) {
	amount, unit, _ := strings.Cut(plainDigits(text), " ")
	currency, period, hasPeriod := strings.Cut(unit, "/")
	minor, err := strconv.ParseInt(amount, 10, 64)
	m := Money{minor, currency, period}
	if err != nil || hasPeriod != (period != "") || !m.valid() {
		return nil, &ValueError{KindMoney, "not an amount in minor units, a currency and a period"}
	}
	return m, nil
}

// MoneyOf makes an amount from what a person types, in whole units with
// decimals: MoneyOf("1,500.50", "THB", "month").
func MoneyOf(amount, currency, period string) (Money, error) {
	wrong := &ValueError{KindMoney, "not an amount in this currency"}
	digits, known := minorDigits[currency]
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(plainDigits(amount), ",", ""), ".")
	if !known || len(fraction) > digits || !onlyDigits(whole+fraction) || whole == "" {
		return Money{}, wrong
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	m := Money{minor, currency, period}
	if err != nil || !m.valid() {
		return Money{}, wrong
	}
	return m, nil
}

func (m Money) valid() bool {
	_, known := minorDigits[m.Currency]
	return known && m.Minor >= 0 && (m.Period == "" || slices.Contains(PayPeriods(), m.Period))
}

// Kind is KindMoney.
func (m Money) Kind() Kind { return KindMoney }

// Canonical returns the amount in minor units with currency and period.
func (m Money) Canonical() string {
	if m.Currency == "" {
		return ""
	}
	out := strconv.FormatInt(m.Minor, 10) + " " + m.Currency
	if m.Period != "" {
		out += "/" + m.Period
	}
	return out
}

// Amount returns the amount in whole units with its decimals, for display.
func (m Money) Amount() string {
	digits := minorDigits[m.Currency]
	out := strconv.FormatInt(m.Minor, 10)
	if digits == 0 {
		return out
	}
	if short := digits + 1 - len(out); short > 0 {
		out = strings.Repeat("0", short) + out
	}
	return out[:len(out)-digits] + "." + out[len(out)-digits:]
}
