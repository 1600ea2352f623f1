package account

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// india is the zone of an account that names none: UTC+5:30 all year.
var india = time.FixedZone("IST", int((5*time.Hour + 30*time.Minute).Seconds()))

// zones keeps the zones that were read, since each reading costs a file. There are some hundreds.
var zones sync.Map

// Zone returns the account's time zone, never nil; that of India in a document of the old form, or where the name is none. The program must
// have the database of zones.
func (a Account) Zone() *time.Location {
	known, _ := zones.Load(a.TimeZone)
	if zone, ok := known.(*time.Location); ok {
		return zone
	}

	zone, err := time.LoadLocation(a.TimeZone)
	if err != nil || a.TimeZone == "" {
		return india
	}

	zones.Store(a.TimeZone, zone)

	return zone
}

// Day returns the day of a time in the account's zone, such as "2026-11-29".
func (a Account) Day(at time.Time) string { return at.In(a.Zone()).Format(time.DateOnly) }

// clockOf returns when the clocks show a time such as "09:30" on the day of a time, in its zone.
func clockOf(day time.Time, clock string) time.Time {
	return clockOn(day.Year(), day.Month(), day.Day(), clock, day.Location())
}

// clockOn returns when the clocks of a zone show a time such as "09:30" on a day, which may be one before or after the month. A time that
// is shown twice on that day, when summer ends, is the first; one that is left out, when summer begins, is when the clocks are put on.
func clockOn(year int, month time.Month, day int, clock string, zone *time.Location) time.Time {
	hour, minute, _ := strings.Cut(clock, ":")
	h, _ := strconv.Atoi(hour) // the form was checked when the setting was saved
	m, _ := strconv.Atoi(minute)

	at := time.Date(year, month, day, h, m, 0, 0, zone)
	changed, changes := at.ZoneBounds()

	// What the clocks show at a time, and what they were to show, as if both were of one zone.
	_, offset := at.Zone()
	shown := at.Add(time.Duration(offset) * time.Second).UTC()
	wanted := time.Date(year, month, day, h, m, 0, 0, time.UTC)

	switch {
	case shown.Before(wanted):
		return changes
	case shown.After(wanted):
		return changed
	case changed.IsZero():
		return at
	}

	_, before := changed.Add(-time.Second).Zone()
	if first := at.Add(time.Duration(offset-before) * time.Second); first.Before(changed) {
		return first
	}

	return at
}
