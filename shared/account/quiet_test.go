package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

const (
	packed         = "shipment/packed"
	failedDelivery = "shipment/failed_delivery"
)

// night returns quiet hours that exempt what is exempt by default.
func night(from, to string) *account.QuietHours {
	return &account.QuietHours{Enabled: true, From: from, To: to, Exempt: account.ExemptByDefault()}
}

// TestQuietHoursCheck has each rule broken once.
func TestQuietHoursCheck(t *testing.T) {
	t.Parallel()
	exempt := func(kinds ...string) account.QuietHours {
		return account.QuietHours{Enabled: true, From: "21:00", To: "08:00", Exempt: kinds}
	}
	for _, tc := range []struct {
		name  string
		quiet account.QuietHours
		field string
	}{
		{"off", account.QuietHours{}, ""},
		{"off_with_times", account.QuietHours{From: "21:00", To: "08:00"}, ""},
		{"over_midnight", exempt(), ""},
		{"within_a_day", account.QuietHours{Enabled: true, From: "13:00", To: "15:30"}, ""},
		{"from_midnight_on", account.QuietHours{Enabled: true, From: "00:00", To: "06:00"}, ""},
		{"exempt", exempt(failedDelivery, "returnShipment/pickup_failed"), ""},
		{"no_times", account.QuietHours{Enabled: true}, "quiet.from"},
		{"no_begin", account.QuietHours{Enabled: true, To: "08:00"}, "quiet.from"},
		{"no_end", account.QuietHours{Enabled: true, From: "21:00"}, "quiet.to"},
		{"half_of_it_while_off", account.QuietHours{From: "21:00"}, "quiet.to"},
		{"no_time_of_the_day", account.QuietHours{Enabled: true, From: "9 pm", To: "08:00"}, "quiet.from"},
		{"until_24", account.QuietHours{Enabled: true, From: "21:00", To: "24:00"}, "quiet.to"},
		{"no_length", account.QuietHours{Enabled: true, From: "21:00", To: "21:00"}, "quiet.to"},
		{"unknown_event", exempt("shipment/lost_in_space"), "quiet.exempt[0]"},
		{"no_event", exempt(""), "quiet.exempt[0]"},
		{"event_twice", exempt(failedDelivery, packed, failedDelivery), "quiet.exempt[2]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tc.quiet.Check("quiet.")
			if field, _ := fault.Public(err); field != tc.field || (err == nil) != (tc.field == "") {
				t.Errorf("got %v, want field %q", err, tc.field)
			}
		})
	}
}

// TestExemptByDefault holds what is told at night where a brand has said nothing of it.
func TestExemptByDefault(t *testing.T) {
	t.Parallel()
	if got := account.ExemptByDefault(); !slices.Equal(got, []string{failedDelivery}) {
		t.Errorf("got %v, want failed deliveries alone", got)
	}
}

// TestQuietUntil goes through zones and the days on which their clocks are changed. Times are written as clocks show them, with the offset.
func TestQuietUntil(t *testing.T) {
	t.Parallel()
	const kolkata, berlin, newYork, beirut = "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Beirut"
	for _, tc := range []struct {
		name, zone, from, to string
		at, want             string
	}{
		{"before", kolkata, "21:00", "08:00", "2026-11-29T20:59:59.999+05:30", ""},
		{"begin", kolkata, "21:00", "08:00", "2026-11-29T21:00:00+05:30", "2026-11-30T08:00:00+05:30"},
		{"after_midnight", kolkata, "21:00", "08:00", "2026-11-30T00:00:00+05:30", "2026-11-30T08:00:00+05:30"},
		{"last", kolkata, "21:00", "08:00", "2026-11-30T07:59:59.999+05:30", "2026-11-30T08:00:00+05:30"},
		{"end", kolkata, "21:00", "08:00", "2026-11-30T08:00:00+05:30", ""},
		{"last_night_of_the_year", kolkata, "21:00", "08:00", "2026-12-31T23:00:00+05:30", "2027-01-01T08:00:00+05:30"},
		{"no_zone_is_india", "", "21:00", "08:00", "2026-11-29T21:00:00+05:30", "2026-11-30T08:00:00+05:30"},
		{"midday", kolkata, "13:00", "15:30", "2026-11-29T14:00:00+05:30", "2026-11-29T15:30:00+05:30"},
		{"after_midday", kolkata, "13:00", "15:30", "2026-11-29T15:30:00+05:30", ""},
		{"until_midnight", kolkata, "22:00", "00:00", "2026-11-29T23:59:00+05:30", "2026-11-30T00:00:00+05:30"},
		{"from_midnight", kolkata, "00:00", "06:00", "2026-11-29T00:00:00+05:30", "2026-11-29T06:00:00+05:30"},
		{"all_but_a_minute", kolkata, "08:00", "07:59", "2026-11-29T08:00:00+05:30", "2026-11-30T07:59:00+05:30"},

		{"berlin", berlin, "21:00", "08:00", "2026-11-29T21:00:00+01:00", "2026-11-30T08:00:00+01:00"},
		{"summer_begins_in_the_night", berlin, "21:00", "08:00", "2026-03-28T21:00:00+01:00", "2026-03-29T08:00:00+02:00"},
		{"after_summer_has_begun", berlin, "21:00", "08:00", "2026-03-29T03:00:00+02:00", "2026-03-29T08:00:00+02:00"},
		{"end_that_is_left_out", berlin, "21:00", "02:30", "2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"},
		{"after_the_end_that_is_left_out", berlin, "21:00", "02:30", "2026-03-29T03:00:00+02:00", ""},
		{"begin_that_is_left_out", berlin, "02:30", "08:00", "2026-03-29T03:00:00+02:00", "2026-03-29T08:00:00+02:00"},
		{"before_the_begin_that_is_left_out", berlin, "02:30", "08:00", "2026-03-29T01:59:59+01:00", ""},
		{"hours_that_are_left_out", berlin, "02:10", "02:50", "2026-03-29T03:00:00+02:00", ""},
		{"summer_ends_in_the_night", berlin, "21:00", "08:00", "2026-10-24T21:00:00+02:00", "2026-10-25T08:00:00+01:00"},
		{"first_half_past_two_not_yet", berlin, "21:00", "02:30", "2026-10-25T02:29:59+02:00", "2026-10-25T02:30:00+02:00"},
		{"first_half_past_two", berlin, "21:00", "02:30", "2026-10-25T02:30:00+02:00", ""},
		{"second_time_of_the_hour", berlin, "21:00", "02:30", "2026-10-25T02:10:00+01:00", ""},
		{"begins_the_first_time", berlin, "02:30", "08:00", "2026-10-25T02:30:00+02:00", "2026-10-25T08:00:00+01:00"},
		{"goes_on_the_second_time", berlin, "02:30", "08:00", "2026-10-25T02:10:00+01:00", "2026-10-25T08:00:00+01:00"},
		{"longest", berlin, "08:00", "07:59", "2026-10-24T08:00:00+02:00", "2026-10-25T07:59:00+01:00"},

		{"new_york_spring", newYork, "21:00", "08:00", "2026-03-07T22:00:00-05:00", "2026-03-08T08:00:00-04:00"},
		{"new_york_spring_gap", newYork, "22:15", "02:15", "2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"new_york_autumn", newYork, "21:00", "08:00", "2026-10-31T22:00:00-04:00", "2026-11-01T08:00:00-05:00"},
		{"new_york_autumn_twice", newYork, "22:15", "01:15", "2026-11-01T01:00:00-04:00", "2026-11-01T01:15:00-04:00"},

		{"midnight_that_is_left_out", beirut, "21:00", "00:00", "2026-03-28T23:30:00+02:00", "2026-03-29T01:00:00+03:00"},
		{"begin_at_a_midnight_that_is_left_out", beirut, "00:00", "06:00", "2026-03-29T01:00:00+03:00", "2026-03-29T06:00:00+03:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := account.Account{TimeZone: tc.zone, Quiet: night(tc.from, tc.to)}

			var want time.Time
			if tc.want != "" {
				want = moment(t, tc.want)
			}
			if got := a.QuietUntil(packed, moment(t, tc.at)); !got.Equal(want) {
				t.Errorf("quiet until: got %s, want %s", got, want)
			}
		})
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()

	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}

	return at
}

// TestQuietUntilAlwaysEnds goes through two years by the half hour: an end is never past, never later than 25 hours, shows the time that was
// set unless the clocks leave it out, and is not in the same hours again.
func TestQuietUntilAlwaysEnds(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca"} {
		for _, hours := range [][2]string{{"21:00", "08:00"}, {"02:30", "01:30"}, {"22:15", "02:15"}, {"00:00", "23:59"}, {"23:30", "00:00"}, {"01:45", "02:05"}} {
			a := account.Account{TimeZone: zone, Quiet: night(hours[0], hours[1])}
			for at, end := moment(t, "2026-01-01T00:00:00Z"), moment(t, "2028-01-01T00:00:00Z"); at.Before(end); at = at.Add(30 * time.Minute) {
				until := a.QuietUntil(packed, at)
				if until.IsZero() {
					continue
				}

				shown := until.In(a.Zone())
				began, _ := shown.ZoneBounds()
				if shown.Format("15:04") != hours[1] && !shown.Equal(began) {
					t.Fatalf("%s %v at %s: ends at %s", zone, hours, at, shown)
				}
				if wait := until.Sub(at); wait <= 0 || wait > 25*time.Hour {
					t.Fatalf("%s %v at %s: waits %s", zone, hours, at, wait)
				}
			}
		}
	}
}

// TestQuietHoursAreNotForAll leaves alone what is exempt, whatever the brand has exempted, and every event where they are off.
func TestQuietHoursAreNotForAll(t *testing.T) {
	t.Parallel()
	at := moment(t, "2026-11-29T23:00:00+05:30")
	of := func(change func(*account.QuietHours)) *account.QuietHours {
		q := night("21:00", "08:00")
		change(q)

		return q
	}
	for _, tc := range []struct {
		name  string
		quiet *account.QuietHours
		kind  string
		want  bool
	}{
		{"none", nil, packed, false},
		{"off", of(func(q *account.QuietHours) { q.Enabled = false }), packed, false},
		{"on", of(func(*account.QuietHours) {}), packed, true},
		{"exempt_by_default", of(func(*account.QuietHours) {}), failedDelivery, false},
		{"failed_pickup_of_a_return", of(func(*account.QuietHours) {}), "returnShipment/pickup_failed", true},
		{"nothing_exempt", of(func(q *account.QuietHours) { q.Exempt = nil }), failedDelivery, true},
		{"another_exempt", of(func(q *account.QuietHours) { q.Exempt = []string{packed} }), packed, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, known := order.ParseKind(tc.kind); !known {
				t.Fatalf("%s is no event", tc.kind)
			}

			a := account.Account{TimeZone: "Asia/Kolkata", Quiet: tc.quiet}
			if got := !a.QuietUntil(tc.kind, at).IsZero(); got != tc.want {
				t.Errorf("quiet: got %t, want %t", got, tc.want)
			}
		})
	}
}
