// Package account holds a brand's settings: its apps and their health, its sender, and what is sent for which event.
// One Account is all that a decision needs to know of a brand.
package account

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
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
	// Version counts the changes of the settings, from 1 on. It is 0 in a document of the old form.
	Version int64 `firestore:"version,omitempty"`
	// Name is the brand's name as its shoppers know it.
	Name string `firestore:"name"`
	// TimeZone is the brand's own, such as "Asia/Kolkata"; empty in a document of the old form.
	TimeZone    string      `firestore:"timeZone,omitempty"`
	ConsentMode ConsentMode `firestore:"consentMode"`
	// Declaration is what the mode BrandDeclared rests on; nil in other modes, and in a document of the old form.
	Declaration *Declaration `firestore:"declaration,omitempty"`
	// PortalLink is the address of the brand's portal for its shoppers.
	PortalLink string `firestore:"portalLink,omitempty"`
	// MarkupBasisPoints is what is added to the price of a message that the brand is charged for: 250 adds 2.5 percent.
	MarkupBasisPoints int `firestore:"markupBasisPoints,omitempty"`
	// Limits are the most that the account may spend.
	Limits Limits `firestore:"limits,omitzero"`
	// Sender is the app that messages go through; empty when none is installed. SenderChosen says that the brand chose it, so that it
	// stays whatever is installed or uninstalled beside it.
	Sender       string         `firestore:"sender"`
	SenderChosen bool           `firestore:"senderChosen,omitempty"`
	Apps         map[string]App `firestore:"apps"`
	// Choices by app and kind are what the brand set. A document of the old form has none: see [Account.ChoicesAt].
	Choices map[string]map[string]Choice `firestore:"choices,omitempty"`
	// Events by kind, such as "shipment/failed_delivery", are what the choices at the sender come to. An event that is absent is off.
	// Whether one is on is asked of [Account.Event], which holds it against the consent to charges.
	Events map[string]Event `firestore:"events"`
	// MaxAge is how old an occurrence may be when it is sent; 0 sets no limit.
	MaxAge time.Duration `firestore:"maxAge"`
	// Reclassed says what becomes of news of orders whose template is marketing.
	Reclassed Reclassed `firestore:"reclassed,omitempty"`
	// Unexpected is what the brand set for its own apps; nil if it has set nothing. It is replaced and never written into.
	Unexpected *UnexpectedReplies `firestore:"unexpected,omitempty"`
	// Keywords are the words by which its shoppers stop and start messages, beside ours.
	Keywords consent.Words `firestore:"keywords,omitzero"`
	// Quiet are the account's quiet hours; nil if the brand has set none. They are replaced and never written into.
	Quiet *QuietHours `firestore:"quiet,omitempty"`
}

// Declaration is a brand's recorded word that its checkout collects the opt-in.
type Declaration struct {
	// By is the person at the brand who gave it.
	By   string    `firestore:"by"`
	At   time.Time `firestore:"at"`
	Text string    `firestore:"text"`
}

// App is one installed provider connection, as far as sending needs it. Of the platform's app an account stores a copy, and whoever reads
// settings gets the app as it is now: see [PlatformApp.Following].
type App struct {
	ID        string            `firestore:"-"`
	Provider  string            `firestore:"provider"`
	Ownership message.Ownership `firestore:"ownership"`
	Name      string            `firestore:"name"`
	// InstalledAt is when the brand installed it; zero in a document of the old form.
	InstalledAt time.Time `firestore:"installedAt,omitzero"`
	// Number is the business number in E.164 digits without plus.
	Number string `firestore:"number"`
	// ProviderIDs are the provider's own names of the connection, such as Gupshup's "appId" and "appName".
	ProviderIDs map[string]string `firestore:"providerIds"`
	// Secret is the Secret Manager name of the credential: NAME/versions/3 where workspace has written it, so that it changes with the
	// settings and not before, and the name of the secret, whose latest version counts, where it was made by hand.
	Secret string `firestore:"secret"`
	// Last4 are the credential's last four characters, of one that is long enough to show them. CredentialAt is when it was set, and
	// WebhookAt when the webhook got its address. SigningAt is when the secret of its callbacks was replaced; zero if it never was.
	Last4        string    `firestore:"last4,omitempty"`
	CredentialAt time.Time `firestore:"credentialAt,omitzero"`
	WebhookAt    time.Time `firestore:"webhookAt,omitzero"`
	SigningAt    time.Time `firestore:"signingAt,omitzero"`
	// Checked is what the provider said when it was last asked about the app.
	Checked Checked `firestore:"checked,omitzero"`
	// Rate is the number of messages a second that the provider takes from this app; 0 means the provider's default.
	Rate float64 `firestore:"rate"`
	// Health says of the platform's app whether its provider answers as a copy of what the app's own document says.
	Health Health `firestore:"health"`
}

// usualCurrency is that of the WhatsApp accounts whose provider does not tell it.
const usualCurrency = "INR"

// Currency returns the one that WhatsApp charges messages through the app in, as far as anybody knows.
func (a App) Currency() string { return cmp.Or(a.Checked.Currency, usualCurrency) }

// Checked is what a provider said of an app when it was asked. It is no setting: the product itself maintains it.
type Checked struct {
	At time.Time `firestore:"at,omitzero"`
	// Quality is WhatsApp's rating of the number, Limit how many shoppers it may begin to write to in a day, and Currency that of the
	// WhatsApp account; each empty where the provider does not tell.
	Quality  string `firestore:"quality,omitempty"`
	Limit    string `firestore:"limit,omitempty"`
	Currency string `firestore:"currency,omitempty"`
	// Confirmed says that the provider has once said that the app's number is that of the credential.
	Confirmed bool `firestore:"confirmed,omitempty"`
	// Told is what people were told last of a healthy app by its [Signs]: [Silent], [AgentAnswering], or nothing.
	Told State `firestore:"told,omitempty"`
}

// Event is how one event is told, through the account's sender.
type Event struct {
	Enabled bool `firestore:"enabled"`
	// TemplateID is the provider's id of the approved template.
	TemplateID string `firestore:"template"`
	// Filling is what the template is filled with.
	Filling template.Filling `firestore:"filling"`
	// MaxAge overrides the account's when it is not 0.
	MaxAge time.Duration `firestore:"maxAge,omitempty"`
	// Health is the template's: its reason is [TemplateHeld] while it cannot be sent, and [CategoryHeld] while WhatsApp has it in the
	// category marketing and the event is news of an order.
	Health Health `firestore:"-"`
}

// Same reports whether the event is told as another is. Health is no part of that.
func (e Event) Same(other Event) bool {
	e.Health, other.Health = Health{}, Health{}
	return reflect.DeepEqual(e, other)
}

// App is the installed app of that id; false when the id is empty or not installed.
func (a Account) App(id string) (App, bool) {
	app, ok := a.Apps[id]
	app.ID = id
	return app, ok && id != ""
}

// AppIDs lists the ids of the installed apps, sorted.
func (a Account) AppIDs() []string { return slices.Sorted(maps.Keys(a.Apps)) }

// OwnNumbers lists, sorted, the business numbers of the brand's own apps.
func (a Account) OwnNumbers() []string {
	var numbers []string
	for _, app := range a.Apps {
		if app.Ownership != message.Platform && app.Number != "" {
			numbers = append(numbers, app.Number)
		}
	}

	slices.Sort(numbers)

	return slices.Compact(numbers)
}

// Age is the greatest age at which an occurrence of the event is still sent; 0 sets no limit.
func (a Account) Age(kind string) time.Duration {
	if e := a.Events[kind]; e.MaxAge != 0 {
		return e.MaxAge
	}
	return a.MaxAge
}

// LongestAge returns the age up to which an event's message may wait for another, or be sent once more after a doubt: that of Age,
// or a day where the account sets no limit.
func (a Account) LongestAge(kind string) time.Duration {
	if limit := a.Age(kind); limit != 0 {
		return limit
	}

	return 24 * time.Hour
}
