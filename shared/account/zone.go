package account

import (
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
