package account

import (
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// QuietHours are the hours of the day, in the account's time zone, in which shoppers are told of nothing but the exempt events. What
// happens in them waits until they end. Answers to what a shopper writes are not touched: the shopper is awake.
type QuietHours struct {
	Enabled bool `firestore:"enabled"`
	// From and To are times of the day such as "21:00". Hours that end at or before the time they begin at pass midnight.
	From string `firestore:"from,omitempty"`
	To   string `firestore:"to,omitempty"`
	// Exempt are the events, such as "shipment/failed_delivery", that are told in the quiet hours as well.
	Exempt []string `firestore:"exempt,omitempty"`
}

// ExemptByDefault returns the events that are exempt unless a brand says otherwise: the urgent ones of the catalogue. That is the failed
// delivery. The shopper chooses there what the courier does next, and a choice that is asked for in the morning may come after the courier
// has left. Nothing is to be chosen after a failed pickup of a return, which is not urgent and waits.
func ExemptByDefault() []string {
	var all []string

	for _, entry := range order.Catalog() {
		if entry.Urgent {
			all = append(all, entry.Kind.String())
		}
	}

	return all
}

// Check returns an Invalid error for the first thing that is wrong; its field begins with the one given.
func (q QuietHours) Check(field string) error {
	needed := q.Enabled || q.From != "" || q.To != ""

	switch {
	case needed && !timeForm.MatchString(q.From):
		return fault.Field(field+"from", "must be a time of the day such as 21:00")
	case needed && !timeForm.MatchString(q.To):
		return fault.Field(field+"to", "must be a time of the day such as 08:00")
	case needed && q.From == q.To:
		return fault.Field(field+"to", "must be another time than from")
	}

	for i, kind := range q.Exempt {
		entry := field + "exempt[" + strconv.Itoa(i) + "]"

		if _, known := order.ParseKind(kind); !known {
			return fault.Field(entry, "must be an event of the catalogue, such as shipment/failed_delivery")
		}
		if slices.Contains(q.Exempt[:i], kind) {
			return fault.Field(entry, "is there twice; name each event once")
		}
	}

	return nil
}

// QuietUntil returns when the quiet hours end in which an event is not told at that time; the zero time if it may be told.
func (a Account) QuietUntil(kind string, at time.Time) time.Time {
	q := a.Quiet
	if q == nil || !q.Enabled || slices.Contains(q.Exempt, kind) {
		return time.Time{}
	}

	return q.until(at.In(a.Zone()))
}

// until returns the end of the quiet hours that a time lies in, in the zone of that time; the zero time if it lies in none.
func (q QuietHours) until(at time.Time) time.Time {
	later := 0
	if q.To <= q.From {
		later = 1
	}

	// Those that began the day before may still go on.
	for _, began := range []int{-1, 0} {
		from := clockOn(at.Year(), at.Month(), at.Day()+began, q.From, at.Location())
		to := clockOn(at.Year(), at.Month(), at.Day()+began+later, q.To, at.Location())

		if !at.Before(from) && at.Before(to) {
			return to
		}
	}

	return time.Time{}
}
