package console

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// helpers are what templates may call.
var helpers = template.FuncMap{
	"when":    when,
	"clock":   clockTime,
	"day":     func(at time.Time, zone *time.Location) string { return at.In(zone).Format("2 Jan 2006") },
	"ago":     ago,
	"money":   money,
	"amount":  amount,
	"number":  number,
	"plural":  plural,
	"event":   eventLabel,
	"segment": url.PathEscape,
	"dict":    dict,
	"entry":   entryWords,
	"source":  sourceName,
	"wanted":  wanted,
	"verdict": verdictName,
	"stored":  storedName,
	"title":   capital,
	"date":    writtenDay,
	"word":    func(text string) string { return strings.ReplaceAll(text, "_", " ") },
	"lower":   strings.ToLower,
	"appName": func(names map[string]string, id string) string { return cmp.Or(names[id], id) },
	"list":    func(all ...any) []any { return all },
}

// when is a moment as an element: for people in the account's zone, and for programs in UTC.
func when(at time.Time, zone *time.Location) template.HTML {
	if at.IsZero() {
		return "not known"
	}

	//nolint:gosec // both texts are made of a time alone
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`,
		at.UTC().Format(time.RFC3339), template.HTMLEscapeString(at.In(zone).Format("2 Jan 2006, 15:04:05 MST"))))
}

// writtenDay is a day, "2006-01-02", as people write it; what is no day stays as it is.
func writtenDay(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}

	return at.Format("2 Jan 2006")
}

// clockTime is the time of day of a moment as an element.
func clockTime(at time.Time, zone *time.Location) template.HTML {
	if at.IsZero() {
		return "not known"
	}

	//nolint:gosec // both texts are made of a time alone
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, at.UTC().Format(time.RFC3339), at.In(zone).Format("15:04:05")))
}

// ago says how long ago a moment was, in the largest unit.
func ago(at, now time.Time) string {
	d := now.Sub(at)

	switch {
	case at.IsZero():
		return "never"
	case d < time.Minute:
		return plural(int64(max(d, 0)/time.Second), "second") + " ago"
	case d < time.Hour:
		return plural(int64(d/time.Minute), "minute") + " ago"
	case d < 48*time.Hour:
		return plural(int64(d/time.Hour), "hour") + " ago"
	default:
		return plural(int64(d/(24*time.Hour)), "day") + " ago"
	}
}

// plural counts things, as in "2 messages".
func plural(n any, one string) string {
	text := number(n)
	if text == "1" {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay") {
		return text + " " + strings.TrimSuffix(one, "y") + "ies"
	}

	return text + " " + one + "s"
}

// number writes a whole number with its thousands apart.
func number(n any) string {
	text := fmt.Sprint(n)
	sign := ""

	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}

	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}

	return sign + text
}

// money writes micro-units of a currency, exactly.
func money(micros int64, currency string) string { return amount(micros) + " " + currency }

// amount writes micro-units as a decimal number with its thousands apart, exactly.
func amount(micros int64) string {
	whole, fraction, _ := strings.Cut(billing.Money{Micros: micros}.Decimal(), ".")
	return strings.TrimSuffix(number(whole)+"."+fraction, ".")
}

// eventLabel is what a person calls an event, such as "shipment/failed_delivery".
func eventLabel(kind string) string {
	if message.IsSessionEvent(kind) {
		return sessionLabel(kind)
	}

	k, ok := order.ParseKind(kind)
	if !ok {
		return kind
	}

	entry, known := order.Lookup(k)
	if !known {
		return kind
	}

	return entry.Label
}

// sessionLabel is what a person calls an answer to a shopper: by the event whose message began the conversation.
func sessionLabel(kind string) string {
	_, subType, _ := strings.Cut(kind, "/")

	entry, known := order.Lookup(order.Kind{Resource: order.Shipment, SubType: subType})
	if !known {
		return "Answer to the shopper"
	}

	return "Answer after: " + entry.Label
}

// capital begins a text with a capital letter.
func capital(text string) string {
	if text == "" {
		return ""
	}

	return strings.ToUpper(text[:1]) + text[1:]
}

var errDict = errors.New("dict takes names with their values")

// dict makes a map of names and values, to give a part of a page more than one.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errDict
	}

	all := map[string]any{}

	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errDict
		}

		all[name] = pairs[i+1]
	}

	return all, nil
}
