package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func demo() Account {
	return Account{
		ID: "1489", Sender: "own",
		Apps: map[string]App{
			"own":    {Provider: "gupshup", Ownership: message.Client, Number: "919000000001"},
			"shared": {Provider: "gupshup", Ownership: message.Platform, Number: "919000000002"},
		},
		Events: map[string]Event{
			"shipment/failed_delivery": {Enabled: true, TemplateID: "t-failed", MaxAge: 6 * time.Hour},
			"shipment/delivered":       {Enabled: true, TemplateID: "t-news"},
			"shipment/created":         {Enabled: false, TemplateID: "t-news"},
			"returnShipment/created":   {Enabled: true, TemplateID: "t-news", MaxAge: 90 * time.Second},
			"shipment/packed":          {},
		},
		MaxAge: 24 * time.Hour,
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	endless := demo()
	endless.MaxAge = 0
	tests := []struct {
		name    string
		account Account
		kind    string
		want    time.Duration
	}{
		{"own_of_the_event", demo(), "shipment/failed_delivery", 6 * time.Hour},
		{"of_the_account", demo(), "shipment/delivered", 24 * time.Hour},
		{"absent_event", demo(), "shipment/lost", 24 * time.Hour},
		{"no_limit", endless, "shipment/delivered", 0},
		{"own_without_the_account's", endless, "returnShipment/created", 90 * time.Second},
		{"nothing_set", Account{}, "shipment/delivered", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.account.Age(tt.kind); got != tt.want {
				t.Errorf("Age(%s) = %v, want %v", tt.kind, got, tt.want)
			}
			want := tt.want
			if want == 0 {
				want = 24 * time.Hour
			}
			if got := tt.account.LongestAge(tt.kind); got != want {
				t.Errorf("LongestAge(%s) = %v, want %v", tt.kind, got, want)
			}
		})
	}
}

func TestApp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Account)
		want   App
		ok     bool
	}{
		{"own", func(*Account) {}, App{ID: "own", Provider: "gupshup", Ownership: message.Client, Number: "919000000001"}, true},
		{"platform", func(a *Account) { a.Sender = "shared" }, App{ID: "shared", Provider: "gupshup", Ownership: message.Platform, Number: "919000000002"}, true},
		{"none_chosen", func(a *Account) { a.Sender = "" }, App{}, false},
		{"uninstalled", func(a *Account) { delete(a.Apps, "own") }, App{ID: "own"}, false},
		{"no_apps", func(a *Account) { a.Apps = nil }, App{ID: "own"}, false},
		{"app_without_an_id", func(a *Account) { a.Sender = ""; a.Apps[""] = App{Provider: "gupshup"} }, App{Provider: "gupshup"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := demo()
			tt.change(&a)
			got, ok := a.App(a.Sender)
			if ok != tt.ok {
				t.Errorf("App: ok = %t, want %t", ok, tt.ok)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("App (-want +got):\n%s", diff)
			}
		})
	}
}

// The account is shared by every message that is decided at the time: reading an app must not write to it.
func TestAppLeavesTheAccountAlone(t *testing.T) {
	t.Parallel()
	a := demo()
	if _, ok := a.App("own"); !ok {
		t.Fatal("App(own): ok = false, want true")
	}
	if diff := cmp.Diff(demo(), a); diff != "" {
		t.Errorf("account (-before +after):\n%s", diff)
	}
}

func TestEventsUsing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template string
		want           []string
	}{
		{"several_sorted", "t-news", []string{"returnShipment/created", "shipment/created", "shipment/delivered"}},
		{"one", "t-failed", []string{"shipment/failed_delivery"}},
		{"none", "t-other", nil},
		{"part_of_an_id", "t-", nil},
		{"no_id", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, demo().Condition().eventsUsing(tt.template)); diff != "" {
				t.Errorf("eventsUsing(%s) (-want +got):\n%s", tt.template, diff)
			}
		})
	}
	if got := (Condition{}).eventsUsing("t-news"); got != nil {
		t.Errorf("eventsUsing without events = %v, want none", got)
	}
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		health Health
		want   bool
	}{
		{"zero", Health{}, true},
		{"recovered", Health{Since: time.Unix(1, 0), Checks: 3}, true},
		{"credentials", Health{Reason: message.CauseCredentials}, false},
		{"balance", Health{Reason: message.CauseBalance}, false},
		{"blocked", Health{Reason: message.CauseBlocked}, false},
		{"a_new_reason", Health{Reason: "quality"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.health.Healthy(); got != tt.want {
				t.Errorf("Healthy = %t, want %t", got, tt.want)
			}
		})
	}
}
