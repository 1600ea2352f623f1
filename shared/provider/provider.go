// Package provider is what all WhatsApp providers have in common: the interfaces they implement, the errors of a
// send, the events their webhooks are translated to, and the one place where a request to them is made.
//
// A provider is one package below this one. What it must do is Provider; what else it can do it says by implementing
// further interfaces, which are found by type assertion. Building a request and reading an answer are pure.
package provider

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Provider is the part that every provider has.
type Provider interface {
	// Name is the provider's name in settings and URLs, such as "gupshup".
	Name() string
	// Capabilities says what the provider can do; they do not change.
	Capabilities() Capabilities
	// CheckConfig says what the app lacks to be used at all, naming the field; it makes no call.
	CheckConfig(App) error
}

// Capabilities are the facts of a provider that the sending protocol depends on.
type Capabilities struct {
	// Echo: callbacks carry the reference we sent along.
	Echo bool
	// Callbacks: the provider sends delivery reports.
	Callbacks bool
	// Prices: callbacks say of each message whether, and as what, it is charged. Bills: billing events do, and the price in a report of sending
	// is what the provider expects.
	Prices, Bills bool
	// Forgeable: a callback carries neither signature nor secret, so that anyone who knows a webhook's URL can make one. What it says of
	// the account or of a template counts only once the provider, asked, says the same.
	Forgeable bool
	// IDs is how many ids a message has by which a reply may name it. One is that of the receipt; of two, a report brings the second. 0 says
	// that nobody documents by which id replies name a message.
	IDs int
	// Rate is the messages a second that it takes by default.
	Rate float64
}

// WithoutEcho reports whether delivery reports do not name our reference. Then only one message at a time may be on its way to a shopper, or
// the reports could not be told apart.
func (c Capabilities) WithoutEcho() bool { return c.Callbacks && !c.Echo }

// App is a connection with its credential, ready for use.
type App struct {
	ID string
	// Number is the business number as digits without plus.
	Number      string
	ProviderIDs map[string]string
	Secret      config.Secret
	// Signing are the secrets that callbacks may be signed with or carry; several are valid while one is being replaced.
	Signing []config.Secret
}

// OrderForwarder forwards events to a provider that chooses and fills its own templates. Only BusinessOnBot does; the
// sending protocol asks for this instead of for a TemplateSender.
type OrderForwarder interface {
	// ByTemplate reports whether the app is set to send templates that we fill instead; it then is a TemplateSender.
	ByTemplate(app App) bool
	// Forwards reports whether the provider can express the event at all.
	Forwards(kind order.Kind) bool
	// Tells names what the provider is told of the event, empty if no other event tells it the same. Events of one name are
	// to be told once: an order if whole, else a shipment.
	Tells(kind order.Kind) (what string, whole bool)
	// BuildOrder makes the request; an error means that the event cannot be expressed and names why.
	BuildOrder(ctx context.Context, app App, m OrderMessage) (*http.Request, error)
	ReadReceipt(status int, header http.Header, body []byte) (Receipt, error)
}

// QueryWebhook is a WebhookSource some of whose callbacks come by GET, with all they tell in the query. Only Kaleyra has
// such callbacks.
type QueryWebhook interface {
	// ParseQuery translates a query; an error wraps ErrMalformed.
	ParseQuery(app App, query url.Values) ([]Event, error)
}

// MixedWebhook is a WebhookSource whose callbacks may tell of other apps too, which share the webhook. Only Meta's do.
type MixedWebhook interface {
	// TellsApart reports whether the app has an id by which its events are told from those of others. ParseWebhook reads
	// everybody's events for an app without any.
	TellsApart(app App) bool
}

// Handshaker answers a GET with which a provider checks that a webhook is ours. Only Meta makes such a check; at the others
// a GET gets an empty 200.
type Handshaker interface {
	// Handshake gives the body to answer with; an error means that the check is not the provider's (403).
	Handshake(app App, query url.Values) (body string, err error)
}

// TemplateSender sends template messages.
type TemplateSender interface {
	// BuildTemplate makes the request; an error means that the message cannot be expressed and names why. It wraps
	// ErrUnsupported if the provider has no way to express it, however it is filled.
	BuildTemplate(ctx context.Context, app App, m TemplateMessage) (*http.Request, error)
	// ReadReceipt reads the answer to a send; the error is always a *SendError.
	ReadReceipt(status int, header http.Header, body []byte) (Receipt, error)
}

// TextSender sends text within the service window.
type TextSender interface {
	// BuildText makes the request; its answer is read by ReadReceipt.
	BuildText(ctx context.Context, app App, m TextMessage) (*http.Request, error)
	ReadReceipt(status int, header http.Header, body []byte) (Receipt, error)
}

// ButtonSender sends text with buttons within the service window.
type ButtonSender interface {
	// BuildButtons makes the request; its answer is read by ReadReceipt.
	BuildButtons(ctx context.Context, app App, m ButtonMessage) (*http.Request, error)
	ReadReceipt(status int, header http.Header, body []byte) (Receipt, error)
}

// OrderStatusTeller is a TemplateSender that can tell the news of an order by an [OrderStatus].
type OrderStatusTeller interface {
	// OrderStatus is the provider's word for an event that has brought the order to the stage; false for events that it has
	// no word for. A stage that is not known is that of an order with this one shipment.
	OrderStatus(kind order.Kind, stage order.Stage) (status string, ok bool)
}

// Receipt says that a provider has taken a message. It says nothing of delivery.
type Receipt struct {
	// ID is the provider's id of the message.
	ID string
	// UserID is the id that the provider has for the shopper, in case the number is hidden later; empty where it names none.
	UserID string
	// Phone is the shopper's number as the provider spells it, as digits; empty where it does not say.
	Phone string
}

// WebhookSource receives callbacks.
type WebhookSource interface {
	// Verify checks that the callback is the provider's, on the raw body. A provider that signs nothing relies on the
	// token in the URL, which the caller has checked, and returns nil.
	Verify(app App, header http.Header, body []byte) error
	// ParseWebhook translates a body. All items that it cannot read become one event of KindUnknown, the last; given its Raw,
	// ParseWebhook returns that event alone. It leaves the events of other apps out where the provider sends those along, so
	// there may be none at all. An error wraps ErrMalformed: the body is not the provider's format, or nothing says which of
	// its events are the app's.
	ParseWebhook(app App, body []byte) ([]Event, error)
}

// TemplateCatalogue reads the templates of an app.
type TemplateCatalogue interface {
	// Template reads one template; ErrNoTemplate says that the app has none of that id.
	Template(ctx context.Context, client *http.Client, app App, id string) (template.Template, error)
	// Templates reads all of them.
	Templates(ctx context.Context, client *http.Client, app App) ([]template.Template, error)
}

// CredentialChecker tries an app's credentials.
type CredentialChecker interface {
	// Check never returns an error: what it found out is the result.
	Check(ctx context.Context, client *http.Client, app App) CheckResult
}

// Explainer knows more exactly than an error's class what a brand must mend.
type Explainer interface {
	// Explain is a sentence for the brand about the code of an error that one of its settings has caused; empty for others.
	Explain(code string) string
}

// Subscriber sets up callbacks at the provider.
type Subscriber interface {
	// Subscribe makes the provider call target with every event we need, and reads the setting back: an error if it is not
	// what was asked for. Calling it again changes nothing.
	Subscribe(ctx context.Context, client *http.Client, app App, target string) (Subscription, error)
}

// Subscription is a callback setting as the provider holds it.
type Subscription struct {
	ID, URL string
	// Modes are the kinds of callbacks that the provider says it makes; nil if it does not tell.
	Modes  []string
	Active bool
}

// CheckState is what a check of credentials found out.
type CheckState string

// The results of a credential check; what proves each is in shared/provider/gupshup/CONTRACT.md section 4.
const (
	CheckVerified          CheckState = "VERIFIED"
	CheckNumberUnconfirmed CheckState = "VERIFIED_NUMBER_UNCONFIRMED"
	CheckInvalidKey        CheckState = "INVALID_KEY"
	CheckUnknownApp        CheckState = "UNKNOWN_APP"
	CheckNumberMismatch    CheckState = "NUMBER_MISMATCH"
	CheckWrongVersion      CheckState = "WRONG_API_VERSION"
	// CheckWrongSigning is an app that can send, and whose callbacks would be refused for their signature.
	CheckWrongSigning CheckState = "WRONG_SIGNING_SECRET"
	CheckThrottled    CheckState = "THROTTLED"
	CheckProviderDown CheckState = "PROVIDER_DOWN"
)

// CheckResult is the outcome of a credential check, with a sentence that may be shown to the brand.
type CheckResult struct {
	State  CheckState
	Detail string
	// RetryAfter is how long the provider wants to be left alone; 0 where it does not say.
	RetryAfter time.Duration
	// Facts are what else the provider told of an app that works.
	Facts Facts
	// Signature says whether the secret is right that callbacks are signed with; empty where there is none, or where it was not asked about.
	Signature Signature
}

// Signature is what is known of the secret that an app's callbacks are signed with or carry.
type Signature string

// What is known of such a secret. One that the provider disproves is [CheckWrongSigning].
const (
	SignatureProved   Signature = "proved"
	SignatureUnproved Signature = "unproved"
)

// Facts are what a provider tells of a number and its WhatsApp account; each is empty where it does not.
type Facts struct {
	// Quality is WhatsApp's rating of the number, in upper case.
	Quality string
	// Limit is how many shoppers the number may begin to write to in a day, in the provider's word.
	Limit string
	// Currency is what the WhatsApp account pays in, such as "INR".
	Currency string
}

// After returns the result with the time for which the provider wants to be left alone, as the error of a question to it says.
func (r CheckResult) After(err error) CheckResult {
	if e, ok := errors.AsType[*SendError](err); ok {
		r.RetryAfter = e.RetryAfter
	}

	return r
}

// Works reports whether the credentials can be used.
func (r CheckResult) Works() bool {
	return r.State == CheckVerified || r.State == CheckNumberUnconfirmed
}

// Sends reports whether messages can be sent, whatever may be wrong with callbacks.
func (r CheckResult) Sends() bool { return r.Works() || r.State == CheckWrongSigning }

// Refused reports whether the provider does not take the key, does not know the app, or has it under another version of its API, so that nothing can be sent. A number
// that differs is no such proof, since the provider's own may be of another number or spelled differently.
func (r CheckResult) Refused() bool {
	return r.State == CheckInvalidKey || r.State == CheckUnknownApp || r.State == CheckWrongVersion
}

// Incomplete is the outcome of a credential check that was not made, since [Provider.CheckConfig] refused the app with err.
func Incomplete(app App, err error) CheckResult {
	state := CheckUnknownApp
	if strings.TrimSpace(app.Secret.Reveal()) == "" {
		state = CheckInvalidKey
	}
	return CheckResult{State: state, Detail: strings.ReplaceAll(err.Error(), "\n", "; ")}
}
