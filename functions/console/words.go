package console

import (
	"cmp"
	"html/template"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// helpers are what templates may call besides those of package page.
var helpers = template.FuncMap{
	"day":     func(at time.Time, zone *time.Location) string { return at.In(zone).Format("2 Jan 2006") },
	"money":   money,
	"amount":  amount,
	"entry":   entryWords,
	"source":  sourceName,
	"wanted":  wanted,
	"verdict": verdictName,
	"stored":  storedName,
	"date":    writtenDay,
	"word":    func(text string) string { return strings.ReplaceAll(text, "_", " ") },
	"appName": func(names map[string]string, id string) string { return cmp.Or(names[id], id) },
}

// writtenDay is a day, "2006-01-02", as people write it; what is no day stays as it is.
func writtenDay(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}

	return at.Format("2 Jan 2006")
}

// money writes micro-units of a currency, exactly.
func money(micros int64, currency string) string { return amount(micros) + " " + currency }

// amount writes micro-units as a decimal number with its thousands apart, exactly.
func amount(micros int64) string {
	whole, fraction, _ := strings.Cut(billing.Money{Micros: micros}.Decimal(), ".")
	return strings.TrimSuffix(page.Number(whole)+"."+fraction, ".")
}
