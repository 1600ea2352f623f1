package gupshup

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

// TestCodes holds what each code means apart from the tables (CONTRACT.md section 7).
func TestCodes(t *testing.T) {
	t.Parallel()
	policy := map[message.Class]string{
		message.ClassTransient:      "500 4002 131000 131016 1 2 135000 131052 131053",
		message.ClassThrottled:      "130429 131056 4 80007 429",
		message.ClassRecipient:      "1002 1006 1007 1008 1013 131021 131026 131049 130472 408 410 472",
		message.ClassOptedOut:       "1012 131050",
		message.ClassTemplate:       "1005 4003 132000 132001 132005 132007 132012 132018",
		message.ClassTemplatePaused: "4005 132015 132016",
		message.ClassAccount:        "1001 1003 1004 4001 4004 131048 131031 368 131005 190 131042 131045 133010 402 430 432 433 471",
		message.ClassBadRequest:     "0 1009 1010 1011 1014 131047 131051 131008 131009 100 470",
	}
	causes := map[message.Cause]string{
		message.CauseNotOnWhatsApp: "1002 131026",
		message.CauseBalance:       "1003 131042 402",
		message.CauseCredentials:   "1001 131005 190",
		message.CauseBlocked:       "1004 4001 4004 131048 131031 368 131045 133010 430 432 433 471",
		message.CauseUnlisted:      "0",
	}
	wantCause := map[string]message.Cause{}
	for cause, list := range causes {
		for code := range strings.FieldsSeq(list) {
			wantCause[code] = cause
		}
	}
	judged := map[string]bool{}
	for class, list := range policy {
		for code := range strings.FieldsSeq(list) {
			judged[code] = true
			got, ok := codes.Classify(code)
			if !ok || got.Class != class || got.Cause != wantCause[code] || got.Code != code {
				t.Errorf("%s: got %s %q (listed: %v), want %s %q", code, got.Class, got.Cause, ok, class, wantCause[code])
			}
		}
	}

	for _, row := range slices.Concat(gupshupCodes, overrides) {
		if !judged[row.Code] {
			t.Errorf("%s: the policy does not judge it", row.Code)
		}
	}
	for _, code := range []string{"", "200", "299", "131027", "x", "01002"} {
		if got, ok := codes.Classify(code); ok || got != provider.Unlisted.Coded(code) {
			t.Errorf("%q: got %v, listed %v", code, got, ok)
		}
	}
}

// TestPairLimitWaitsMinutes holds that a shopper who was sent too much is left alone for minutes (CONTRACT.md section 7.2), however
// it is told: the message has one more attempt only, which must not come while the limit lasts.
func TestPairLimitWaitsMinutes(t *testing.T) {
	t.Parallel()
	const code = "131056"
	events, err := New(Config{}).ParseWebhook(provider.App{}, suite(t).CodeWebhook(code))
	if err != nil || len(events) != 1 {
		t.Fatalf("callback: got %v, %v", events, err)
	}
	_, err = New(Config{}).ReadReceipt(http.StatusBadRequest, http.Header{}, suite(t).CodeAnswer(code))
	answer, _ := errors.AsType[*provider.SendError](err)
	if answer == nil {
		t.Fatalf("answer: got %v, want a *SendError", err)
	}
	for name, got := range map[string]time.Duration{"callback": events[0].Status.RetryAfter, "answer": answer.RetryAfter} {
		if got < 2*time.Minute || got > 15*time.Minute {
			t.Errorf("%s: waits %s, want minutes", name, got)
		}
	}
}

func TestOwnRows(t *testing.T) {
	t.Parallel()
	conformance.CheckRows(t, gupshupCodes, nil)
	conformance.CheckRows(t, overrides, cloudapi.Codes)

	for _, row := range textTable {
		if row.text != strings.ToLower(row.text) || row.source == "" || row.code == "" {
			t.Errorf("row %+v", row)
		}
	}
}
