package kaleyra

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// CallbackHeader is the header that a callback profile must send with a secret of [provider.App.Signing] as its value.
// Kaleyra signs nothing, but sends any header that the profile names.
const CallbackHeader = "X-Webhook-Secret"

// Why a callback is not believed.
var (
	errNoSecret    = errors.New("kaleyra: the app has no callback secret to compare with")
	errWrongSecret = errors.New("kaleyra: " + CallbackHeader + " is missing or wrong")
)

// Verify compares the header [CallbackHeader] with each secret of the app, in a time that tells nothing of them. An app
// without a secret takes no callbacks. The body may be nil, for callbacks by GET.
func (*Provider) Verify(app provider.App, header http.Header, _ []byte) error {
	shown := header.Get(CallbackHeader)

	some, match := false, false
	for _, secret := range app.Signing {
		if secret.IsZero() {
			continue
		}

		some = true
		// Not in one expression, which would stop comparing at the first match.
		same := secret.Matches(shown)
		match = match || same
	}

	switch {
	case !some:
		return errNoSecret
	case !match:
		return errWrongSecret
	}

	return nil
}

// fields are the variables of a callback by name, without those that have no value.
type fields map[string]string

// literal is a variable that Kaleyra had no value for and left as it was.
var literal = regexp.MustCompile(`^<[a-z0-9_]+>$`)

// written are the variables whose values shoppers write: "<hello>" may well be one.
var written = []string{"body", "name", "message", "custom_response"}

func (f fields) set(name, value string) {
	blank := literal.MatchString(value) && (value == "<"+name+">" || !slices.Contains(written, name))
	if value != "" && !blank {
		f[name] = value
	}
}

// ParseWebhook reads a callback that is made of [CallbackProfile], of a part of it, or of Meta's messages and statuses
// as Kaleyra's own examples pass them on. What is of no use becomes KindUnknown with what was sent. ErrMalformed is for
// bodies that are not UTF-8, not a JSON object, or have none of the names that a callback has.
func (*Provider) ParseWebhook(_ provider.App, body []byte) ([]provider.Event, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("kaleyra: not UTF-8: %w", provider.ErrMalformed)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil || parts == nil {
		return nil, fmt.Errorf("kaleyra: not a JSON object: %w", provider.ErrMalformed)
	}

	f, known := fields{}, false
	for name, raw := range parts {
		known = known || isKnown(name)
		f.set(name, flat(raw))
	}
	if !known {
		return nil, fmt.Errorf("kaleyra: no name of a callback: %w", provider.ErrMalformed)
	}

	events := metaEvents(body, f["ref"])
	if len(events) == 0 {
		events = f.events()
	}
	if len(events) == 0 {
		return []provider.Event{provider.Unknown(body)}, nil
	}

	return events, nil
}

// ParseQuery reads a callback by GET, as the news of a number's quality comes and as a profile may be set up for all
// others; the variables are the same. ErrMalformed is for a query that has none of their names.
func (*Provider) ParseQuery(query url.Values) ([]provider.Event, error) {
	f, known := fields{}, false
	for name, values := range query {
		known = known || isKnown(name)
		if len(values) > 0 && utf8.ValidString(values[0]) {
			f.set(name, values[0])
		}
	}
	if !known {
		return nil, fmt.Errorf("kaleyra: no name of a callback: %w", provider.ErrMalformed)
	}
	if events := f.events(); len(events) > 0 {
		return events, nil
	}

	raw, err := json.Marshal(query)
	if err != nil {
		return nil, fmt.Errorf("kaleyra: query: %w", provider.ErrMalformed)
	}

	return []provider.Event{provider.Unknown(raw)}, nil
}

func isKnown(name string) bool {
	return name == "messages" || name == "statuses" || slices.Contains(profileVariables, name)
}

// flat is a JSON value as the text of a variable: objects and arrays stay JSON.
func flat(raw json.RawMessage) string {
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		return s
	case bytes.Equal(raw, []byte("null")):
		return ""
	default:
		return string(raw)
	}
}

// events are what the variables tell; none where that is nothing we know.
func (f fields) events() []provider.Event {
	switch {
	case f["event"] != "" && (f["message_template_id"] != "" || f["message_template_name"] != ""):
		return f.template()
	case f["display_phone_number"] != "" && (f["event"] != "" || f["current_limit"] != ""):
		return f.quality()
	}
	if events := f.status(); len(events) > 0 {
		return events
	}

	for _, name := range []string{"message", "custom_response"} {
		if raw := inner(f[name]); raw != nil {
			if events := metaEvents(raw, f["ref"]); len(events) > 0 {
				return f.complete(events)
			}
		}
	}

	return f.reply()
}

// complete gives a reply what only the variables beside it say.
func (f fields) complete(events []provider.Event) []provider.Event {
	for _, e := range events {
		if r := e.Reply; r != nil && len(events) == 1 {
			r.Name = cmp.Or(r.Name, f["name"])
			if r.From == "" && r.UserID == "" {
				r.From = lenient.Digits(f["from"])
			}
		}
	}

	return events
}
