package provider_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const now, later = "Sat, 21 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 10:02:00 GMT"
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"none", nil, 0},
		{"seconds", http.Header{"Retry-After": {" 30 "}}, 30 * time.Second},
		{"part_of_a_second", http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		{"negative", http.Header{"Retry-After": {"-5"}}, 0},
		{"not_a_number", http.Header{"Retry-After": {"NaN"}}, 0},
		{"endless", http.Header{"Retry-After": {"Inf"}}, 24 * time.Hour},
		{"very_long", http.Header{"Retry-After": {"99999999999999"}}, 24 * time.Hour},
		{"words", http.Header{"Retry-After": {"soon"}}, 0},
		{"date", http.Header{"Retry-After": {later}, "Date": {now}}, 2 * time.Minute},
		{"date_passed", http.Header{"Retry-After": {now}, "Date": {later}}, 0},
		{"date_without_clock", http.Header{"Retry-After": {later}}, 0},
		{"date_far_off", http.Header{"Retry-After": {"Sat, 21 Nov 2099 10:00:00 GMT"}, "Date": {now}}, 24 * time.Hour},
		{"other_header", http.Header{"X-Rate-Limit-Retry-After-Seconds": {"60"}}, time.Minute},
		{
			"other_header_after_nonsense",
			http.Header{"Retry-After": {"soon"}, "X-Rate-Limit-Retry-After-Seconds": {"60"}},
			time.Minute,
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := provider.RetryAfter(tc.header); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	wait := http.Header{"Retry-After": {"9"}}
	tests := []struct {
		name   string
		status int
		own    bool
		want   provider.SendError
	}{
		{"throttled_by_anybody", 429, false, provider.SendError{Failure: message.Failure{Class: message.ClassThrottled, RetryAfter: 9 * time.Second}}},
		{"own_pause", 503, true, provider.SendError{Failure: message.Failure{Class: message.ClassTransient, RetryAfter: 9 * time.Second}}},
		{"somebodys_pause", 503, false, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
		{"own_gateway", 502, true, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
		{"key", 401, false, provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials}}},
		{"own_ban", 403, true, provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials}}},
		{"somebodys_ban", 403, false, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
		{"own_no", 422, true, provider.SendError{Failure: message.Failure{Class: message.ClassBadRequest}}},
		{"success", 200, true, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
		{"no_status", 0, true, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
		{"beyond", 600, true, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.HTTPStatus, tc.want.Code = tc.status, provider.HTTPCode(tc.status)
			if diff := cmp.Diff(tc.want, *provider.Refusal(tc.status, wait, tc.own)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSendError(t *testing.T) {
	t.Parallel()
	inner := errors.New("inner")
	tests := []struct {
		err  *provider.SendError
		want string
	}{
		{&provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}}, "provider: unknown"},
		{&provider.SendError{Failure: message.Failure{Class: message.ClassRecipient, Code: "1002"}}, "provider: recipient code 1002"},
		{
			&provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: "http_503"}, HTTPStatus: 503, Err: inner},
			"provider: transient code http_503 (HTTP 503): inner",
		},
	}
	for _, tc := range tests {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
	if !errors.Is(tests[2].err, inner) {
		t.Error("inner error is not found")
	}
	if got := provider.ClassOf(inner); got != message.ClassUnknown {
		t.Errorf("class of another error: got %s, want %s", got, message.ClassUnknown)
	}
	for state, want := range map[provider.CheckState]bool{
		provider.CheckVerified: true, provider.CheckNumberUnconfirmed: true, provider.CheckInvalidKey: false,
		provider.CheckUnknownApp: false, provider.CheckNumberMismatch: false, provider.CheckThrottled: false, provider.CheckProviderDown: false,
	} {
		if got := (provider.CheckResult{State: state}).Works(); got != want {
			t.Errorf("%s works: got %v, want %v", state, got, want)
		}
	}
}
