package account

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// UnexpectedReplies says how shoppers are answered who write what no message of ours has asked for.
type UnexpectedReplies struct {
	// Enabled says that they are answered at all.
	Enabled bool `firestore:"enabled"`
	// Text is the answer.
	Text string `firestore:"text,omitempty"`
	// Hours are when people answer as well; nil if that is not set.
	Hours *Hours `firestore:"hours,omitempty"`
}

// Hours are working hours in the account's time zone.
type Hours struct {
	// From and To are times of the day such as "09:30"; To may be "24:00".
	From string `firestore:"from"`
	To   string `firestore:"to"`
	// Days are names such as "monday", in the order of the week.
	Days []string `firestore:"days"`
}

// maxUnexpectedText is the longest answer, in characters: WhatsApp's limit for a text with buttons below it.
const maxUnexpectedText = 1024

var (
	timeForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	days     = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)

// Check returns an Invalid error for the first thing that is wrong; its field begins with the one given.
func (r UnexpectedReplies) Check(field string) error {
	switch {
	case r.Enabled && strings.TrimSpace(r.Text) == "":
		return fault.Field(field+"text", "is needed: without a text nothing can be answered")
	case utf8.RuneCountInString(r.Text) > maxUnexpectedText:
		return fault.Field(field+"text", "must be at most 1024 characters")
	case strings.ContainsFunc(r.Text, func(c rune) bool { return c != '\n' && blank.IsControl(c) }):
		return fault.Field(field+"text", "must have no control characters but line breaks")
	case r.Hours == nil:
		return nil
	default:
		return r.Hours.check(field + "hours.")
	}
}

func (h Hours) check(field string) error {
	switch {
	case !timeForm.MatchString(h.From):
		return fault.Field(field+"from", "must be a time of the day such as 09:30")
	case !timeForm.MatchString(h.To) && h.To != "24:00":
		return fault.Field(field+"to", "must be a time of the day such as 18:00, or 24:00")
	case h.From >= h.To:
		return fault.Field(field+"to", "must be later than from")
	case len(h.Days) == 0:
		return fault.Field(field+"days", "must have a day at least")
	}

	last := -1
	for _, day := range h.Days {
		at := slices.Index(days, day)
		if at <= last {
			return fault.Field(field+"days", "must be days from monday to sunday, in this order and each once")
		}

		last = at
	}

	return nil
}

// Next returns when people answer next, from a time on, in the zone of that time; the same time while they do.
func (h Hours) Next(at time.Time) time.Time {
	const week = 7

	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	for n := range week + 1 {
		day := midnight.AddDate(0, 0, n)
		if !slices.Contains(h.Days, strings.ToLower(day.Weekday().String())) {
			continue
		}

		switch from, to := clockOf(day, h.From), clockOf(day, h.To); {
		case at.Before(from):
			return from
		case at.Before(to):
			return at
		}
	}

	return time.Time{}
}
