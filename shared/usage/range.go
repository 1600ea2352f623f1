package usage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// zoneOf returns the IANA name of an account's zone.
func zoneOf(a account.Account) string { return cmp.Or(a.TimeZone, "Asia/Kolkata") }

// rangeOf reads the days of a report, of which the second does not count; those of today's month if both are empty. Errors are Invalid and
// name the field.
func rangeOf(from, to string, today billing.Day) (first, next billing.Day, err error) {
	first, next = billing.Day(from), billing.Day(to)
	if from == "" && to == "" {
		first, next = today.Month()
	}

	switch {
	case !first.Valid():
		return "", "", fault.Field("from", "must be a day such as 2026-11-01"+both(from))
	case !next.Valid():
		return "", "", fault.Field("to", "must be a day such as 2026-12-01, the first that does not count"+both(to))
	case next <= first:
		return "", "", fault.Field("to", "must be later than from; it is the first day that does not count")
	default:
		return first, next, nil
	}
}

// both says, of a day that is left out, that the other one cannot stand alone.
func both(day string) string {
	if day != "" {
		return ""
	}

	return "; leave out from and to, both of them, for the range that is usual here"
}

// usualCurrency is that of an account without a message that had a price.
const usualCurrency = "INR"

// currencyOf returns the currency of a report: the one that is asked for, or else rupees, or else the first that rows have money in. others are
// the other ones that they have money in.
func currencyOf(asked string, rows []billing.Row) (currency string, others []string) {
	for _, row := range rows {
		if row.Currency != "" && (row.EstimatedMicros != 0 || row.ActualMicros != 0) {
			others = append(others, row.Currency)
		}
	}

	slices.Sort(others)
	others = slices.Compact(others)

	switch {
	case asked != "":
		currency = asked
	case len(others) == 0 || slices.Contains(others, usualCurrency):
		currency = usualCurrency
	default:
		currency = others[0]
	}

	return currency, slices.DeleteFunc(others, func(c string) bool { return c == currency })
}

// checkCurrency returns an Invalid error unless a text is empty or has the form of a code of ISO 4217.
func checkCurrency(code string) error {
	if code != "" && (len(code) != 3 || strings.ContainsFunc(code, func(c rune) bool { return c < 'A' || c > 'Z' })) {
		return fault.Field("currency", "must be a code of three capital letters, such as INR")
	}

	return nil
}
