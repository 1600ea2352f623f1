package config

import (
	"errors"
	"time"
	_ "time/tzdata" // accounts name their time zones, and the platform's images may lack the database; 0.4 MB
)

// istName is the IANA name of the zone that the platform's times are in unless the configuration says otherwise.
const istName = "Asia/Kolkata"

// IST is that zone, UTC+5:30 all year.
var IST = time.FixedZone("IST", int((5*time.Hour + 30*time.Minute).Seconds()))

// Zone is a time zone that the environment names by its IANA name. The zero value is UTC.
type Zone struct{ location *time.Location }

// Location returns the zone as package time knows it, never nil.
func (z Zone) Location() *time.Location {
	if z.location == nil {
		return time.UTC
	}
	return z.location
}

// UnmarshalText reads an IANA name, such as Asia/Kolkata.
func (z *Zone) UnmarshalText(name []byte) error {
	if string(name) == istName {
		z.location = IST
		return nil
	}

	location, err := time.LoadLocation(string(name))
	if err != nil {
		return errors.New("not a known time zone")
	}

	z.location = location

	return nil
}
