package kaleyra

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// reader reads Meta's own news, as Kaleyra's examples pass it on; ref is our reference, as the callback tells it beside. The
// statuses may be spelled as in Kaleyra's own reports, and the ids have a counter behind them: our reference
// names a message as well as they do, or better.
func (s shoppers) reader(ref string) cloudapi.Reader {
	return cloudapi.Reader{
		Classify: func(c text) message.Failure {
			means, _ := classify(string(c))
			return means
		},
		Word:     statusOf,
		IDs:      func(id cloudapi.MessageID) []string { return messageIDs(string(id.ID)) },
		Full:     s.full,
		Ref:      ref,
		RefAlone: true,
	}
}

// metaNews reads Meta's messages and statuses, or one message, or a list of messages; nothing where it is neither, or where
// none of them can be read: then it is kept whole, or read by the flat variables. ref is what the callback says beside it.
func (s shoppers) metaNews(raw json.RawMessage, ref string) cloudapi.Reading {
	var v cloudapi.Value
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")):
		raw = lenient.Replace(json.RawMessage("{}"), map[string]any{"messages": raw})
		if lenient.Decode(raw, &v) != nil {
			return cloudapi.Reading{}
		}
	case lenient.Decode(raw, &v) != nil:
		return cloudapi.Reading{}
	case len(v.Messages) == 0 && len(v.Statuses) == 0:
		if e := s.metaReply(raw, v.Contacts); e != nil {
			return cloudapi.One(e, raw, true)
		}
	}

	r := s.reader(ref).Items(v, raw, 0)
	if r.Rest != nil {
		r.Rest = alone(r.Rest, ref)
	}

	return r
}

// alone returns Meta's news, and our reference, without the flat variables beside them, which are not read.
func alone(news json.RawMessage, ref string) json.RawMessage {
	var all map[string]json.RawMessage
	if lenient.Decode(news, &all) != nil {
		return news
	}

	kept := map[string]any{"ref": ref}
	for _, name := range slices.Concat([]string{"contacts"}, metaLists) {
		kept[name] = all[name]
	}
	if ref == "" {
		delete(kept, "ref")
	}

	return lenient.Replace(json.RawMessage("{}"), kept)
}

// metaReply is the event of one of Meta's messages. A flat callback has from and type as well; only Meta's message has an
// object of that type.
func (s shoppers) metaReply(raw json.RawMessage, contacts []cloudapi.Contact) *provider.Event {
	var m struct {
		Type text `json:"type"`
	}
	if lenient.Decode(raw, &m) != nil || m.Type == "" || part(raw, string(m.Type)) == nil {
		return nil
	}

	return s.reader("").Message(raw, contacts)
}

// button is a pressed button in each of its shapes: of a template, and of a session message.
type button struct {
	Payload text `json:"payload"`
	Text    text `json:"text"`
	ID      text `json:"id"`
	Title   text `json:"title"`
}

// pressed is where a button, or a choice from a list, stands in a message.
type pressed struct {
	button
	Button      button `json:"button"`
	Interactive struct {
		Reply button `json:"button_reply"`
		List  button `json:"list_reply"`
	} `json:"interactive"`
	Reply button `json:"button_reply"`
	List  button `json:"list_reply"`
}

// tapped finds label and postback of a pressed button, or of a choice from a list, whichever shape it has.
func tapped(raw json.RawMessage) (label, back string, fromList bool) {
	var p pressed
	if raw == nil || lenient.Decode(raw, &p) != nil {
		return "", "", false
	}

	for i, b := range []button{p.Interactive.List, p.List, p.Button, p.Interactive.Reply, p.Reply, p.button} {
		if back := string(cmp.Or(b.Payload, b.ID)); back != "" {
			return string(cmp.Or(b.Text, b.Title)), back, i < 2
		}
	}

	return "", "", false
}

// part is the object or list of a message that is named for its type, such as its order; nil where there is none.
func part(raw json.RawMessage, kind string) json.RawMessage {
	var parts map[string]json.RawMessage
	if lenient.Decode(raw, &parts) != nil {
		return nil
	}

	found := bytes.TrimSpace(parts[kind])
	if len(found) == 0 || found[0] != '{' && found[0] != '[' {
		return nil
	}

	return found
}
