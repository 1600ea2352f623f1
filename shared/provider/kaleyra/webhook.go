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
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
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

// literal is a variable that Kaleyra had no value for: it is left as it was, or a word says so.
var literal = regexp.MustCompile(`^(?:<[A-Za-z0-9_]+>|null|undefined)$`)

// written are the variables whose values shoppers write: "<hello>" may well be one.
var written = []string{"body", "name", "message", "custom_response"}

func (f fields) set(name, value string) {
	blank := literal.MatchString(value) && (value == "<"+name+">" || !slices.Contains(written, name))
	if value != "" && !blank {
		f[name] = value
	}
}

// ParseWebhook reads a callback that is made of [CallbackProfile], of a part of it, or of Meta's messages and statuses
// as Kaleyra's own examples pass them on, with Meta's envelope or without. Items that cannot be read become one event of
// KindUnknown. ErrMalformed is for bodies that are not UTF-8, not a JSON object, or have none of the names that a callback
// has.
//
// A shopper's number may lack its calling code: see [shoppers].
func (*Provider) ParseWebhook(app provider.App, body []byte) ([]provider.Event, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("kaleyra: not UTF-8: %w", provider.ErrMalformed)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil || parts == nil {
		return nil, fmt.Errorf("kaleyra: not a JSON object: %w", provider.ErrMalformed)
	}

	f, known := fields{}, false
	for name, raw := range parts {
		if isKnown(name) {
			known = true

			f.set(name, flat(raw))
		}
	}

	whose := shoppersOf(app, f["wanumber"])
	if r, ok := enveloped(app, body); ok {
		return f.beside(whose, body, r).Callback(body), nil
	}
	if !known {
		return nil, fmt.Errorf("kaleyra: no name of a callback: %w", provider.ErrMalformed)
	}

	r := whose.metaNews(body, f["ref"])

	switch {
	case len(r.Events) == 0:
		r = f.read(whose, body)
	case f.hasList():
		r = f.beside(whose, body, r)
	}

	return r.Callback(body), nil
}

// enveloped reads a callback in Meta's envelope; false for any other.
func enveloped(app provider.App, body []byte) (cloudapi.Reading, bool) {
	var e cloudapi.Envelope
	if lenient.Decode(body, &e) != nil || !e.Is() {
		return cloudapi.Reading{}, false
	}

	return shoppersOf(app, "").reader("").Envelope(cloudapi.Scope{}, body, e), true
}

// ParseQuery reads a callback by GET, as the news of a number's quality comes and as a profile may be set up for all
// others; the variables are the same. ErrMalformed is for a query that has none of their names.
func (*Provider) ParseQuery(app provider.App, query url.Values) ([]provider.Event, error) {
	f, known, sent := fields{}, false, map[string]string{}
	for name, values := range query {
		if !isKnown(name) {
			continue
		}

		known = true
		if len(values) > 0 && utf8.ValidString(values[0]) {
			f.set(name, values[0])
			sent[name] = values[0]
		}
	}
	if !known {
		return nil, fmt.Errorf("kaleyra: no name of a callback: %w", provider.ErrMalformed)
	}

	// As a body, [Provider.ParseWebhook] reads the same of it.
	body, err := provider.Encode(sent)
	if err != nil {
		return nil, fmt.Errorf("kaleyra: query: %w", provider.ErrMalformed)
	}

	return f.read(shoppersOf(app, f["wanumber"]), body).Callback(body), nil
}

// metaLists are the lists of Meta's news.
var metaLists = []string{"statuses", "messages", "errors", "user_preferences", "calls"}

// groupID is the variable of a message that was said in a group. It is not in the profile, since Kaleyra documents none; it counts where
// a brand's own profile has it.
const groupID = "group_id"

func isKnown(name string) bool {
	return name == groupID || slices.Contains(metaLists, name) || slices.Contains(profileVariables, name)
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

// read reads the variables of a callback, which body is.
func (f fields) read(whose shoppers, body []byte) cloudapi.Reading {
	if len(f) == 0 {
		return cloudapi.Reading{Events: []provider.Event{provider.Ignored()}} // the profile without any value
	}

	if events := f.news(); len(events) > 0 {
		return f.beside(whose, body, cloudapi.Reading{Events: events})
	}
	if events := f.status(whose); len(events) > 0 {
		return cloudapi.Reading{Events: events}
	}

	return f.message(whose, body)
}

// news reads what is told of a template, of the account or of its number; nothing where there is no such thing.
func (f fields) news() []provider.Event {
	blocked, restored := cloudapi.AccountEffect(f["event"])

	switch {
	case f["event"] != "" && (f["message_template_id"] != "" || f["message_template_name"] != ""):
		return f.template()
	case blocked || restored:
		return f.account(blocked, restored)
	case f["display_phone_number"] != "" && (f["event"] != "" || f["current_limit"] != ""):
		return f.quality()
	default:
		return nil
	}
}

// hasList reports whether one of Meta's lists is there.
func (f fields) hasList() bool {
	return slices.ContainsFunc(metaLists, func(name string) bool { return f[name] != "" })
}

// beside adds to what was read of a callback the message that the variables beside it say. The variables of a report are none, and
// what was read already is not said twice.
func (f fields) beside(whose shoppers, body []byte, read cloudapi.Reading) cloudapi.Reading {
	if _, report := statusOf(f["status"]); report {
		return read
	}

	said := f.message(whose, body)
	if e := whose.metaReply(body, nil); e != nil {
		said = cloudapi.One(e, body, true)
	}

	for _, e := range said.Events {
		if !f.isRead(e, read.Events) {
			read.Events = append(read.Events, e)
		}
	}
	if said.Rest == nil || len(said.Events) == 0 && f["body"] == "" && f["media_url"] == "" {
		return read
	}

	kept := cloudapi.One(nil, body, true)
	kept.Events = read.Events

	return kept
}

// isRead reports whether a message is among those that were read: under its id or, if it has none, in the same words.
func (f fields) isRead(e provider.Event, read []provider.Event) bool {
	return e.Reply != nil && slices.ContainsFunc(read, func(other provider.Event) bool {
		o := other.Reply

		return o != nil && (o.ID == e.Reply.ID || f["id"] == "" && o.From == e.Reply.From && o.UserID == e.Reply.UserID && o.Text == e.Reply.Text)
	})
}

// message reads the shopper's message that the variables are, or have as JSON of Meta's within.
func (f fields) message(whose shoppers, body []byte) cloudapi.Reading {
	for _, name := range []string{"message", "custom_response"} {
		if raw := inner(f[name]); raw != nil {
			if r := whose.metaNews(raw, f["ref"]); len(r.Events) > 0 {
				return f.complete(whose, r)
			}
		}
	}

	if events := f.reply(whose); len(events) > 0 {
		return cloudapi.Reading{Events: events}
	}

	return cloudapi.One(nil, body, f.mayBeReply())
}

// mayBeReply reports whether the variables are those of a shopper's message, or may be. A report has a status, and "message"
// is what was sent then.
func (f fields) mayBeReply() bool {
	if f["statuses"] != "" && f["messages"] == "" && f["user_preferences"] == "" {
		return false
	}

	for _, name := range []string{"from", "body", "type", "media_url", "contacts", "location", "messages", "user_preferences"} {
		if f[name] != "" {
			return true
		}
	}

	return f["status"] == "" && (f["message"] != "" || f["custom_response"] != "" || f["mobile"] != "")
}

// complete gives a reply what only the variables beside it say.
func (f fields) complete(whose shoppers, r cloudapi.Reading) cloudapi.Reading {
	for _, e := range r.Events {
		if reply := e.Reply; reply != nil && len(r.Events) == 1 {
			reply.Name = cmp.Or(reply.Name, f["name"])
			if reply.From == "" && reply.UserID == "" {
				reply.From, reply.UserID = whose.person(f["from"])
			}
		}
	}

	return r
}
