package account_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestUnexpectedRepliesCheck has each rule broken once.
func TestUnexpectedRepliesCheck(t *testing.T) {
	t.Parallel()
	hours := func(from, to string, days ...string) *account.Hours {
		return &account.Hours{From: from, To: to, Days: days}
	}
	for _, tc := range []struct {
		name    string
		replies account.UnexpectedReplies
		field   string
	}{
		{"off", account.UnexpectedReplies{}, ""},
		{"off_with_text", account.UnexpectedReplies{Text: "Call us"}, ""},
		{"on", account.UnexpectedReplies{Enabled: true, Text: "Call us\nor write"}, ""},
		{"longest", account.UnexpectedReplies{Enabled: true, Text: strings.Repeat("क", 1024)}, ""},
		{"hours", account.UnexpectedReplies{Enabled: true, Text: "Call us", Hours: hours("09:30", "18:00", "monday", "sunday")}, ""},
		{"all_day", account.UnexpectedReplies{Enabled: true, Text: "Call us", Hours: hours("00:00", "24:00", "saturday")}, ""},
		{"no_text", account.UnexpectedReplies{Enabled: true, Text: " \n"}, "replies.text"},
		{"too_long", account.UnexpectedReplies{Text: strings.Repeat("n", 1025)}, "replies.text"},
		{"control_character", account.UnexpectedReplies{Text: "a\tb"}, "replies.text"},
		{"no_time", account.UnexpectedReplies{Hours: hours("9:30", "18:00", "monday")}, "replies.hours.from"},
		{"from_after_the_day", account.UnexpectedReplies{Hours: hours("24:00", "24:00", "monday")}, "replies.hours.from"},
		{"no_end", account.UnexpectedReplies{Hours: hours("09:30", "", "monday")}, "replies.hours.to"},
		{"over_midnight", account.UnexpectedReplies{Hours: hours("18:00", "09:30", "monday")}, "replies.hours.to"},
		{"no_length", account.UnexpectedReplies{Hours: hours("18:00", "18:00", "monday")}, "replies.hours.to"},
		{"no_day", account.UnexpectedReplies{Hours: hours("09:30", "18:00")}, "replies.hours.days"},
		{"unknown_day", account.UnexpectedReplies{Hours: hours("09:30", "18:00", "Monday")}, "replies.hours.days"},
		{"day_twice", account.UnexpectedReplies{Hours: hours("09:30", "18:00", "monday", "monday")}, "replies.hours.days"},
		{"days_in_another_order", account.UnexpectedReplies{Hours: hours("09:30", "18:00", "tuesday", "monday")}, "replies.hours.days"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tc.replies.Check("replies.")
			if field, _ := fault.Public(err); field != tc.field || (err == nil) != (tc.field == "") {
				t.Errorf("got %v, want field %q", err, tc.field)
			}
		})
	}
}
