// Package billing has what a message costs. A [Card] holds the prices that WhatsApp takes in one currency from a day on; [Read] reads
// and checks one, and [Cards.Admit] checks it beside the others. [Cards.Price] finds the price of a delivered message, and a [Markup] is
// what is added to it for a brand. [India] is the card that the product brings along.
//
// A price is for a market, which is the country of the shopper's number, or a region of countries, and for a category of messages. Its
// currency is that of the WhatsApp account that sends, whatever the country. It is a whole number of millionths of the currency's unit,
// before taxes. Nothing here knows what was sent, or to whom.
package billing

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Category is what WhatsApp charges a message as.
type Category string

// The categories.
const (
	// Marketing is a template that advertises.
	Marketing Category = "marketing"
	// Utility is a template about something that the shopper did, such as an order.
	Utility Category = "utility"
	// Authentication is a template with a code.
	Authentication Category = "authentication"
	// AuthenticationInternational is one from a business in another country. Only some markets have a price for it.
	AuthenticationInternational Category = "authentication_international"
	// Service is a message without a template. It was free before 1 October 2026, and a number's first 1,000 a month are since.
	Service Category = "service"
)

// CategoryOf returns the category of a template as WhatsApp and the providers write it, such as "UTILITY".
func CategoryOf(template string) Category { return Category(strings.ToLower(template)) }

// Money is an amount of a currency, which is a code of ISO 4217.
type Money struct {
	Micros   int64
	Currency string
}

// String is the amount for a person's eyes, exact and with two decimals at least: "INR 0.8631".
func (m Money) String() string { return m.Currency + " " + m.Decimal() }

// Decimal is the amount without its currency: "0.8631".
func (m Money) Decimal() string {
	const micro = 1_000_000

	sign, micros := "", m.Micros
	if micros < 0 {
		sign, micros = "-", -micros
	}

	decimals := strings.TrimRight(strconv.FormatInt(micros%micro+micro, 10)[1:], "0")
	for len(decimals) < 2 {
		decimals += "0"
	}

	return sign + strconv.FormatInt(micros/micro, 10) + "." + decimals
}

// Quote is what a message costs by a card.
type Quote struct {
	// Price is that of a message before any tier of volume, Tiers are those of the card.
	Price Money
	Tiers []Tier
	// Version is the card's.
	Version string
}

// ErrNoPrice says that no card has a price for a message.
var ErrNoPrice = errors.New("no rate card has a price for the message")

// Cards are rate cards in no particular order, admitted one beside the other.
type Cards []Card

// Price returns what a message of the category costs that was delivered in the market at that time, to an account that WhatsApp charges
// in the currency. Prices change at midnight in the zone of the WhatsApp account, so at must be in that zone. The card is the newest one
// of the currency that has the market and is in force; ErrNoPrice if there is none, or if it has no price for the category. A hyphen in
// a category counts as an underscore.
func (cs Cards) Price(market string, c Category, at time.Time, currency string) (Quote, error) {
	c, day := Category(strings.ReplaceAll(string(c), "-", "_")), dayOf(at)

	var newest *Card

	for i := range cs {
		card := &cs[i]
		if card.Currency == currency && card.covers(market) && card.inForce(day) && (newest == nil || card.From > newest.From) {
			newest = card
		}
	}

	if newest == nil {
		return Quote{}, ErrNoPrice
	}

	r, ok := newest.rate(market, c)
	if !ok {
		return Quote{}, ErrNoPrice
	}

	return Quote{Price: Money{r.Micros, currency}, Tiers: slices.Clone(r.Tiers), Version: newest.Version}, nil
}

// Stale lists, sorted, the currencies whose newest card begins before the quarter of now. Prices change with a quarter, so somebody has
// to look whether they did.
func (cs Cards) Stale(now time.Time) []string {
	newest := map[string]Day{}
	for _, c := range cs {
		newest[c.Currency] = max(newest[c.Currency], c.From)
	}

	var stale []string

	for currency, from := range newest {
		if from < quarterOf(now) {
			stale = append(stale, currency)
		}
	}

	slices.Sort(stale)

	return stale
}

// Day is a day of the calendar, such as 2026-10-01. Days compare as texts do.
type Day string

// dayOf returns the day of a time in its zone.
func dayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// Next returns the day after; the day itself if there is no such day.
func (d Day) Next() Day { return d.Plus(1) }

// Plus returns the day that many days later; the day itself if there is no such day.
func (d Day) Plus(days int) Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}

	return dayOf(t.AddDate(0, 0, days))
}

// Until returns how many days later another one is; 0 if one of the two is none.
func (d Day) Until(later Day) int {
	from, err := time.Parse(time.DateOnly, string(d))
	to, err2 := time.Parse(time.DateOnly, string(later))
	if err != nil || err2 != nil {
		return 0
	}

	return int(to.Sub(from) / (24 * time.Hour))
}

// Month returns the first day of the day's month, and that of the next.
func (d Day) Month() (first, next Day) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d, d
	}

	begin := t.AddDate(0, 0, 1-t.Day())

	return dayOf(begin), dayOf(begin.AddDate(0, 1, 0))
}

// Begin returns when the day begins in a zone; the zero time if there is no such day.
func (d Day) Begin(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}

	return t
}

// Valid reports whether there is such a day.
func (d Day) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// quarterOf returns the first day of the quarter of a time in its zone.
func quarterOf(t time.Time) Day {
	first := (t.Month()-1)/3*3 + 1
	return dayOf(time.Date(t.Year(), first, 1, 0, 0, 0, 0, time.UTC))
}

// time returns the day's begin in UTC; false if there is no such day.
func (d Day) time() (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil && t.Year() >= firstYear
}

// firstYear is that in which WhatsApp began to charge for each message.
const firstYear = 2025
