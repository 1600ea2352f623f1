// Package account holds a brand's settings: its apps and their health, its sender, and what is sent for which event.
// One Account is all that a decision needs to know of a brand.
package account

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// ConsentMode says how a customer who is first seen in an order event starts.
type ConsentMode string

// The consent modes.
const (
	// Explicit is the default: a customer starts INACTIVE and gets nothing before subscribing.
	Explicit ConsentMode = "explicit"
	// BrandDeclared starts customers ACTIVE, on the brand's recorded declaration that its checkout collects the opt-in.
	BrandDeclared ConsentMode = "brand_declared"
)

// Account is a brand's workspace.
type Account struct {
	// ID is the numeric account id as digits; Slug the workspace's name in URLs.
	ID   string `firestore:"-"`
	Slug string `firestore:"slug"`
	// Name is the brand's name as its shoppers know it.
	Name        string      `firestore:"name"`
	ConsentMode ConsentMode `firestore:"consentMode"`
	// Sender is the app that messages go through; empty when none is chosen.
	Sender string         `firestore:"sender"`
	Apps   map[string]App `firestore:"apps"`
	// Events by kind, such as "shipment/failed_delivery". An event that is absent is off.
	Events map[string]Event `firestore:"events"`
	// MaxAge is how old an occurrence may be when it is sent; 0 sets no limit.
	MaxAge  time.Duration `firestore:"maxAge"`
	Version int64         `firestore:"version"`
}

// App is one installed provider connection, as far as sending needs it.
type App struct {
	ID        string            `firestore:"-"`
	Provider  string            `firestore:"provider"`
	Ownership message.Ownership `firestore:"ownership"`
	Name      string            `firestore:"name"`
	// Number is the business number in E.164 digits without plus.
	Number string `firestore:"number"`
	// ProviderIDs are the provider's own names of the connection, such as Gupshup's "appId" and "appName".
	ProviderIDs map[string]string `firestore:"providerIds"`
	// Secret is the Secret Manager name of the credential.
	Secret string `firestore:"secret"`
	// Rate is the number of messages a second that the provider takes from this app; 0 means the provider's default.
	Rate   float64 `firestore:"rate"`
	Health Health  `firestore:"health"`
}

// Health says whether an app can send. The zero value is healthy.
type Health struct {
	// Reason is empty while the app is healthy, else what the provider said, as a cause of [message.ClassAccount].
	Reason message.Cause `firestore:"reason,omitempty"`
	// Detail is a sentence for the brand where the provider was more exact than the reason.
	Detail string `firestore:"detail,omitempty"`
	// Since is when the reason was recorded; effects older than it change nothing.
	Since time.Time `firestore:"since,omitzero"`
	// RetryAt is when the app may be tried again.
	RetryAt time.Time `firestore:"retryAt,omitzero"`
	// Checks counts the failed checks since, for the back-off.
	Checks int `firestore:"checks,omitempty"`
}

// Healthy tells whether the app can send.
func (h Health) Healthy() bool { return h.Reason == "" }

// Event is what an account set for one event.
type Event struct {
	Enabled bool `firestore:"enabled"`
	// TemplateID is the provider's id of the approved template.
	TemplateID string `firestore:"template"`
	// Filling is what the template is filled with.
	template.Filling `firestore:"filling"`
	// MaxAge overrides the account's when it is not 0.
	MaxAge time.Duration `firestore:"maxAge,omitempty"`
	// HeldReason is empty unless the template cannot be sent: paused, disabled, or not approved. HeldSince is when that
	// became known; HeldRetryAt is when the provider is asked again, and HeldChecks counts the times it was, for the back-off.
	HeldReason  string    `firestore:"heldReason,omitempty"`
	HeldSince   time.Time `firestore:"heldSince,omitzero"`
	HeldRetryAt time.Time `firestore:"heldRetryAt,omitzero"`
	HeldChecks  int       `firestore:"heldChecks,omitempty"`
}

// App is the installed app of that id; false when the id is empty or not installed.
func (a Account) App(id string) (App, bool) {
	app, ok := a.Apps[id]
	app.ID = id
	return app, ok && id != ""
}

// Age is the greatest age at which an occurrence of the event is still sent; 0 sets no limit.
func (a Account) Age(kind string) time.Duration {
	if e := a.Events[kind]; e.MaxAge != 0 {
		return e.MaxAge
	}
	return a.MaxAge
}

// Fitness is the part of an account that says what can be used at the moment, and all of it that the product changes by
// itself, on the word of a provider. The rest is the brand's to set.
type Fitness struct {
	Apps   map[string]App
	Events map[string]Event
}

// EventsUsing lists, sorted, the kinds of event that the account sends with the template; none for an empty id, which is
// that of an event whose template was not chosen yet.
func (f Fitness) EventsUsing(templateID string) []string {
	if templateID == "" {
		return nil
	}
	var kinds []string
	for kind, e := range f.Events {
		if e.TemplateID == templateID {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Whole tells whether every app is healthy and no template is held.
func (f Fitness) Whole() bool {
	for _, app := range f.Apps {
		if !app.Health.Healthy() {
			return false
		}
	}
	for _, e := range f.Events {
		if e.HeldReason != "" {
			return false
		}
	}
	return true
}
