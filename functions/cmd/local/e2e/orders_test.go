package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// said is one message of the rig's shopper that orders to stop or to start.
type said struct {
	word, id, answers string
	at                time.Time
}

// label is what a button says that does not name the word.
const label = "As you wish"

type fields = map[string]any

// spelling is one shape in which a provider tells of what was said.
type spelling struct {
	name   string
	source consent.Source
	// unnumbered: the shopper hides the number.
	unnumbered bool
	// content makes the message's own part, whose type it names.
	content func(s said) fields
}

// metaSpellings are Meta's shapes of a message, by text and by every sort of button (contracts/meta.md 4.4).
func metaSpellings() []spelling {
	text := func(s said) fields { return fields{"type": "text", "text": fields{"body": " " + s.word + ". "}} }
	button := func(payload any, text string) fields {
		return fields{"type": "button", "button": fields{"payload": payload, "text": text}}
	}
	chosen := func(kind, id, title string) fields {
		return fields{"type": "interactive", "interactive": fields{"type": kind, kind: fields{"id": id, "title": title}}}
	}
	return []spelling{
		{"text", consent.Keyworded, false, text},
		{"button by its label", consent.Button, false, func(s said) fields { return button(s.word, s.word) }},
		{"button with another payload", consent.Button, false, func(s said) fields { return button("NDR|1|ACTF001", s.word) }},
		{"button by its payload", consent.Button, false, func(s said) fields { return button("CONSENT|"+s.word, label) }},
		{"button without a payload", consent.Button, false, func(s said) fields { return button(nil, s.word) }},
		{"reply button by its title", consent.Button, false, func(s said) fields { return chosen("button_reply", "b1", s.word) }},
		{"reply button by its id", consent.Button, false, func(s said) fields { return chosen("button_reply", "CONSENT|"+s.word, label) }},
		{"list by its id", consent.Button, false, func(s said) fields { return chosen("list_reply", "CONSENT|"+s.word, label) }},
		{"button of a shopper without a number", consent.Button, true, func(s said) fields { return button(s.word, s.word) }},
	}
}

// metaMessage is a message in Meta's words.
func metaMessage(s said, sp spelling) (m fields) {
	m = sp.content(s)
	m["id"], m["timestamp"], m["from_user_id"] = s.id, fmt.Sprint(s.at.Unix()), shopperUser
	if !sp.unnumbered {
		m["from"] = shopper
	}
	if s.answers != "" {
		m["context"] = fields{"from": "919000000801", "id": s.answers}
	}
	return m
}

// shopperUser is what Meta calls the rig's shopper.
const shopperUser = "IN.73920184455120"

// tell has webhook and receive take a body of the rig's provider, as often as Pub/Sub and the provider may repeat it.
func (r *rig) tell(t *testing.T, body any) {
	t.Helper()
	data, err := json.Marshal(body)
	r.must(err)
	secret, err := r.parts.Secrets.Access(t.Context(), r.vendor.signing[0])
	r.must(err)
	header := http.Header{kaleyra.CallbackHeader: {secret.Reveal()}}
	if r.vendor.name == meta.Name {
		mac := hmac.New(sha256.New, []byte(secret.Reveal()))
		_, _ = mac.Write(data)
		header = http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	}
	for range 2 {
		if code := r.postSigned(r.hooks, data, header); code != http.StatusOK {
			t.Fatalf("webhook answered %d; %s", code, r.logs)
		}
		r.receiveAll(r.hooks)
	}
	r.again(r.hooks)
}

// metaNews is an envelope of Meta's for the rig's number.
func metaNews(field string, value fields) fields {
	value["messaging_product"] = "whatsapp"
	value["metadata"] = fields{"display_phone_number": "919000000801", "phone_number_id": vendorNumber}
	return fields{"object": "whatsapp_business_account", "entry": []fields{{
		"id": vendorWABA, "changes": []fields{{"field": field, "value": value}},
	}}}
}

// kaleyraForm is one form in which Kaleyra tells of a message (contracts/kaleyra-businessonbot-consent.md 1.7).
type kaleyraForm struct {
	name string
	body func(s said, sp spelling) fields
}

func kaleyraForms() []kaleyraForm {
	flat := func(s said, kind, text string) fields {
		return fields{
			"profile": "1", "from": shopper, "name": "Shopper", "type": kind, "body": text, "wanumber": "919000000801",
			"created_at": s.at.UTC().Format(time.DateTime), "reply_to": s.answers, "id": s.id, "status": "<status>",
		}
	}
	inner := func(m fields) string {
		data, err := json.Marshal(m)
		if err != nil {
			return ""
		}
		return string(data)
	}
	return []kaleyraForm{
		{"Meta's", func(s said, sp spelling) fields { return fields{"messages": []fields{metaMessage(s, sp)}} }},
		{"message", func(s said, sp spelling) fields {
			m := metaMessage(s, sp)
			f := flat(s, fmt.Sprint(m["type"]), "")
			f["message"] = inner(m)
			return f
		}},
		{"flat", func(s said, sp spelling) fields {
			m := metaMessage(s, sp)
			kind := fmt.Sprint(m["type"])
			f := flat(s, kind, s.word)
			if kind != "text" {
				f["custom_response"] = inner(sp.content(s))
			}
			return f
		}},
	}
}

// TestOrdersInEveryShape has the shopper order STOP and START in every shape in which Meta and Kaleyra tell of a text or of
// a tapped button: nothing is sent after the STOP, the ledger names its source, and START brings the messages back.
func TestOrdersInEveryShape(t *testing.T) {
	t.Parallel()
	for _, sp := range metaSpellings() {
		t.Run(meta.Name+"/"+sp.name, func(t *testing.T) {
			t.Parallel()
			stopAndStart(t, meta.Name, sp, func(s said) any {
				contact := fields{"profile": fields{"name": "Shopper"}, "user_id": shopperUser}
				return metaNews("messages", fields{"contacts": []fields{contact}, "messages": []fields{metaMessage(s, sp)}})
			})
		})
		if sp.unnumbered {
			continue
		}
		for _, form := range kaleyraForms() {
			t.Run(kaleyra.Name+"/"+form.name+"/"+sp.name, func(t *testing.T) {
				t.Parallel()
				stopAndStart(t, kaleyra.Name, sp, func(s said) any { return form.body(s, sp) })
			})
		}
	}
}

func stopAndStart(t *testing.T, name string, sp spelling, body func(s said) any) {
	t.Helper()
	r := newRig(t, rigOptions{provider: name})
	r.hand(r.hooks, r.first())
	r.settle(r.hooks)
	answers := r.sole(t).Attempts["1"].IDs[0]
	for n, order := range []struct {
		word   string
		action consent.Action
		want   consent.Status
		sent   int
	}{
		{"STOP", consent.Withdraw, consent.Inactive, 1},
		{"START", consent.Grant, consent.Active, 2},
		{"STOP", consent.Withdraw, consent.Inactive, 2},
	} {
		r.clock.Advance(time.Minute)
		s := said{word: order.word, id: fmt.Sprintf("wamid.ORDER%d", n), at: r.clock.Now()}
		if sp.source == consent.Button {
			s.answers = answers
		}
		r.tell(t, body(s))
		state, ledger := r.checkChain(t)
		if state.Status != order.want || len(ledger) != n+2 {
			t.Fatalf("after %s %d: got %s with %s, want %s with %d entries; %s",
				order.word, n, state.Status, actionsOf(ledger), order.want, n+2, r.logs)
		}
		if e := ledger[n+1]; e.Action != order.action || e.Source != sp.source {
			t.Errorf("%s: the ledger says %s through %s, want %s through %s", order.word, e.Action, e.Source, order.action, sp.source)
		}
		r.hand(r.hooks, r.eventData(r.another(500+n)))
		r.settle(r.hooks)
		if got := r.sim.Log().AcceptedCount(); got != order.sent {
			t.Errorf("after %s %d: accepted %d, want %d; %s", order.word, n, got, order.sent, r.describe())
		}
	}
	for _, m := range r.messages() {
		if s := m.Status(); s != message.StatusRead && (s != message.StatusRefused || m.Reason != message.OptedOut) {
			t.Errorf("send log: got %s %s", s, m.Reason)
		}
	}
}
