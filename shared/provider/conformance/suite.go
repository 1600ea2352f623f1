// Package conformance is the test that every provider must pass. A provider's own test file describes its messages,
// answers and codes as data and calls Run; what a status, a broken answer or a broken connection means is decided here,
// once for all.
//
// Fixtures stand in the provider's folder under testdata: send/<name>.golden is the request of a case, webhook/<name>.json
// a callback and webhook/<name>.want.json the events it is translated to. The flag -update writes golden and want files.
package conformance

import (
	"flag"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Suite describes a provider. Provider, App, Dir, Templates, Accepted and OwnError are needed; the rest as the
// provider can.
type Suite struct {
	Provider provider.Provider
	// App is complete; its secret occurs nowhere else in the suite.
	App provider.App
	// Dir is the provider's folder of fixtures.
	Dir string
	// Templates, Texts and Buttons are the messages whose requests are golden. The first template must be one with values. A provider
	// that sends texts or buttons has at least one of them.
	Templates []TemplateCase
	Texts     []TextCase
	Buttons   []ButtonCase
	// Orders are the events that a forwarder tells, whose requests are golden, and Unforwardable those that it cannot.
	// OrderApp is the app they go through, with the same secret; the zero App means App.
	Orders, Unforwardable []OrderCase
	OrderApp              provider.App
	// Optional are keys of the app's ProviderIDs that it is complete without.
	Optional []string
	// Unbuildable are messages that cannot be expressed.
	Unbuildable []TemplateCase
	// Accepted are answers that carry a receipt, Refused answers that do not.
	Accepted []Accepted
	Refused  []Refused
	// OwnError is the provider's documented error without a code of its own; words is what it says.
	OwnError func(words string) []byte
	// Codes are the provider's error codes. CodeAnswer is an error answer with a code, CodeWebhook a failed report; nil
	// where the provider has none such.
	Codes       []message.Failure
	CodeAnswer  func(code string) []byte
	CodeWebhook func(code string) []byte
	// Garbage are bodies that are not the provider's callbacks.
	Garbage []string
	// CallbackHeader makes the header that proves a callback with this body; nil where a callback needs none.
	CallbackHeader func(body []byte) http.Header
}

// TemplateCase is a template message with a name.
type TemplateCase struct {
	Name    string
	Message provider.TemplateMessage
}

// TextCase is a text message with a name.
type TextCase struct {
	Name    string
	Message provider.TextMessage
}

// ButtonCase is a text with buttons, with a name.
type ButtonCase struct {
	Name    string
	Message provider.ButtonMessage
}

// Accepted is an answer with a receipt.
type Accepted struct {
	Name   string
	Status int
	Body   string
	ID     string
}

// Refused is an answer without a receipt and the error that it means; HTTPStatus is filled in.
type Refused struct {
	Name   string
	Status int
	Header http.Header
	Body   string
	Want   provider.SendError
}

// classes are all that an error may be.
var classes = map[message.Class]bool{
	message.ClassTransient: true, message.ClassThrottled: true, message.ClassRecipient: true,
	message.ClassOptedOut: true, message.ClassTemplate: true, message.ClassTemplatePaused: true,
	message.ClassAccount: true, message.ClassBadRequest: true, message.ClassUnknown: true,
}

// Run tests the provider.
func Run(t *testing.T, s Suite) {
	t.Helper()
	t.Run("identity", s.identity)
	t.Run("requests", s.requests)
	t.Run("session", s.session)
	t.Run("unbuildable", s.unbuildable)
	t.Run("special", s.special)
	t.Run("orders", s.orders)
	t.Run("accepted", s.accepted)
	t.Run("refused", s.refused)
	t.Run("statuses", s.statuses)
	t.Run("codes", s.codes)
	t.Run("transport", s.transport)
	t.Run("webhooks", s.webhooks)
	t.Run("leaks", s.leaks)
}

func (s Suite) sender(t *testing.T) provider.TemplateSender {
	t.Helper()

	sender, ok := s.Provider.(provider.TemplateSender)
	if !ok {
		t.Skip("sends no templates")
	}

	return sender
}

func (s Suite) identity(t *testing.T) {
	t.Parallel()

	name := s.Provider.Name()
	if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "/. ") {
		t.Errorf("name %q: want lower case, fit for a URL", name)
	}

	caps := s.Provider.Capabilities()
	if _, ok := s.Provider.(provider.WebhookSource); ok != caps.Callbacks {
		t.Errorf("capabilities say callbacks %v, the interface says %v", caps.Callbacks, ok)
	}
	if caps.Rate <= 0 {
		t.Errorf("rate: got %v, want more than 0", caps.Rate)
	}
	if diff := cmp.Diff(caps, s.Provider.Capabilities()); diff != "" {
		t.Errorf("capabilities change:\n%s", diff)
	}
	if err := s.Provider.CheckConfig(s.App); err != nil {
		t.Errorf("complete app: got %v", err)
	}

	bare := s.App
	bare.Secret = config.Secret{}
	if err := s.Provider.CheckConfig(bare); err == nil {
		t.Error("app without secret: no error")
	}

	for key := range s.App.ProviderIDs {
		if slices.Contains(s.Optional, key) {
			continue
		}

		lacking := s.App

		lacking.ProviderIDs = map[string]string{}
		for k, v := range s.App.ProviderIDs {
			if k != key {
				lacking.ProviderIDs[k] = v
			}
		}
		if err := s.Provider.CheckConfig(lacking); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("app without %s: got %v, want an error that names it", key, err)
		}
	}
}
