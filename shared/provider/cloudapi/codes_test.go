package cloudapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// TestCodes holds what each code means apart from the tables (CONTRACT.md section 10.1).
func TestCodes(t *testing.T) {
	t.Parallel()
	policy := map[message.Class]string{
		message.ClassTransient:      "1 2 131000 131014 131016 131052 131053 131057 133004 134101 134102 2494100 500",
		message.ClassThrottled:      "4 80007 130429 131056 133016 429",
		message.ClassRecipient:      "130472 130497 131026 131049 408 410 472 1013 1026",
		message.ClassOptedOut:       "131050",
		message.ClassTemplate:       "131063 132000 132001 132005 132007 132012 132018 132068 132069",
		message.ClassTemplatePaused: "132015 132016 134011",
		message.ClassAccount: "0 3 10 33 190 200 250 298 299 368 131005 131031 131037 131042 131044 131045 131048 131064 133000 133010 " +
			"139200 141002 402 430 432 433 471",
		message.ClassBadRequest: "100 131008 131009 131021 131030 131047 131051 131055 131059 131062 132008 133005 133006 133008 " +
			"133009 133015 134100 135000 137000 2046 2047 470 501",
	}
	causes := map[message.Cause]string{
		message.CauseNotOnWhatsApp: "131026 1013",
		message.CauseBalance:       "131042 131044 402",
		message.CauseCredentials:   "0 3 10 33 190 200 250 298 299 131005",
		message.CauseBlocked:       "368 131031 131037 131045 131048 131064 133000 133010 139200 141002 430 432 433 471",
	}
	wantCause := map[string]message.Cause{}
	for cause, list := range causes {
		for code := range strings.FieldsSeq(list) {
			wantCause[code] = cause
		}
	}
	table := provider.NewCodeTable(cloudapi.Codes, cloudapi.PermissionCodes, cloudapi.OnPremisesCodes)
	listed := 0
	for class, list := range policy {
		for code := range strings.FieldsSeq(list) {
			listed++
			got, ok := table.Classify(code)
			if !ok || got.Class != class || got.Cause != wantCause[code] || got.Code != code {
				t.Errorf("%s: got %s %q (listed: %v), want %s %q", code, got.Class, got.Cause, ok, class, wantCause[code])
			}
		}
	}
	// The policy names four of the hundred permissions.
	if rows := len(table) - 96; rows != listed {
		t.Errorf("tables have %d codes, the policy %d", rows, listed)
	}
	for _, code := range []string{"", "300", "199", "131027", "x", "0131026"} {
		if got, ok := table.Classify(code); ok || got != provider.Unlisted.Coded(code) || got.Code != code {
			t.Errorf("%q: got %v, listed %v", code, got, ok)
		}
	}
}

func TestEveryCodeHasItsSource(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range slices.Concat(cloudapi.Codes, cloudapi.PermissionCodes, cloudapi.OnPremisesCodes) {
		if _, words, ok := strings.Cut(row.Source, ": "); !ok || words == "" {
			t.Errorf("%s: source %q", row.Code, row.Source)
		}
		if seen[row.Code] {
			t.Errorf("%s: listed twice", row.Code)
		}
		if c := row.Means.Class; row.Means.RetryAfter != 0 && c != message.ClassThrottled && c != message.ClassAccount {
			t.Errorf("%s: has a wait and is neither a throttle nor a hold", row.Code)
		}
		seen[row.Code] = true
	}
}

// TestWaits holds the waits of CONTRACT.md section 10.3.
func TestWaits(t *testing.T) {
	t.Parallel()
	table := provider.NewCodeTable(cloudapi.Codes, cloudapi.OnPremisesCodes)
	for code, want := range map[string]time.Duration{
		"4": 5 * time.Minute, "80007": 5 * time.Minute, "130429": 5 * time.Second, "131056": 6 * time.Second, "131016": 0,
		"131048": 3 * time.Hour, "471": 3 * time.Hour, "131031": 0,
	} {
		if got, _ := table.Classify(code); got.RetryAfter != want {
			t.Errorf("%s: got %s, want %s", code, got.RetryAfter, want)
		}
	}
}
