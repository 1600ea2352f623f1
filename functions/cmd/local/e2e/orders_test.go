package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// label is what a button says that does not name the word.
const label = "As you wish"

// metaSpellings are Meta's shapes of a message, by text and by every sort of button (shared/provider/cloudapi/CONTRACT.md section 5.1).
func metaSpellings() []rig.Spelling {
	text := func(s rig.Said) rig.Fields {
		return rig.Fields{"type": "text", "text": rig.Fields{"body": " " + s.Word + ". "}}
	}
	button := func(payload any, text string) rig.Fields {
		return rig.Fields{"type": "button", "button": rig.Fields{"payload": payload, "text": text}}
	}
	chosen := func(kind, id, title string) rig.Fields {
		return rig.Fields{"type": "interactive", "interactive": rig.Fields{"type": kind, kind: rig.Fields{"id": id, "title": title}}}
	}
	return []rig.Spelling{
		{Name: "text", Source: consent.Keyworded, Content: text},
		{Name: "button by its label", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return button(s.Word, s.Word) }},
		{Name: "button with another payload", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return button("NDR|1|ACTF001", s.Word) }},
		{Name: "button by its payload", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return button("CONSENT|"+s.Word, label) }},
		{Name: "button without a payload", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return button(nil, s.Word) }},
		{Name: "reply button by its title", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return chosen("button_reply", "b1", s.Word) }},
		{Name: "reply button by its id", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return chosen("button_reply", "CONSENT|"+s.Word, label) }},
		{Name: "list by its id", Source: consent.Button, Content: func(s rig.Said) rig.Fields { return chosen("list_reply", "CONSENT|"+s.Word, label) }},
		{Name: "button of a shopper without a number", Source: consent.Button, Unnumbered: true, Content: func(s rig.Said) rig.Fields { return button(s.Word, s.Word) }},
	}
}

// kaleyraForm is one form in which Kaleyra tells of a message (shared/provider/kaleyra/CONTRACT.md section 5.3).
type kaleyraForm struct {
	name string
	body func(s rig.Said, sp rig.Spelling) rig.Fields
}

func kaleyraForms() []kaleyraForm {
	flat := func(s rig.Said, kind, text string) rig.Fields {
		return rig.Fields{
			"profile": "1", "from": rig.Shopper, "name": "Shopper", "type": kind, "body": text, "wanumber": "919000000801",
			"created_at": s.At.UTC().Format(time.DateTime), "reply_to": s.Answers, "id": s.ID, "status": "<status>",
		}
	}
	inner := func(m rig.Fields) string {
		data, err := json.Marshal(m)
		if err != nil {
			return ""
		}
		return string(data)
	}
	return []kaleyraForm{
		{"Meta's", func(s rig.Said, sp rig.Spelling) rig.Fields {
			return rig.Fields{"messages": []rig.Fields{rig.MetaMessage(s, sp)}}
		}},
		{"message", func(s rig.Said, sp rig.Spelling) rig.Fields {
			m := rig.MetaMessage(s, sp)
			f := flat(s, fmt.Sprint(m["type"]), "")
			f["message"] = inner(m)
			return f
		}},
		{"flat", func(s rig.Said, sp rig.Spelling) rig.Fields {
			m := rig.MetaMessage(s, sp)
			kind := fmt.Sprint(m["type"])
			f := flat(s, kind, s.Word)
			if kind != "text" {
				f["custom_response"] = inner(sp.Content(s))
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
		t.Run(meta.Name+"/"+sp.Name, func(t *testing.T) {
			t.Parallel()
			stopAndStart(t, meta.Name, sp, func(s rig.Said) any {
				contact := rig.Fields{"profile": rig.Fields{"name": "Shopper"}, "user_id": rig.ShopperUser}
				return rig.MetaNews("messages", rig.Fields{"contacts": []rig.Fields{contact}, "messages": []rig.Fields{rig.MetaMessage(s, sp)}})
			})
		})
		if sp.Unnumbered {
			continue
		}
		for _, form := range kaleyraForms() {
			t.Run(kaleyra.Name+"/"+form.name+"/"+sp.Name, func(t *testing.T) {
				t.Parallel()
				stopAndStart(t, kaleyra.Name, sp, func(s rig.Said) any { return form.body(s, sp) })
			})
		}
	}
}

func stopAndStart(t *testing.T, name string, sp rig.Spelling, body func(s rig.Said) any) {
	t.Helper()
	r := rig.New(t, rig.Options{Provider: name})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)
	answers := r.Sole(t).Attempts["1"].IDs[0]
	if sp.Unnumbered { // a status tells whose user id it is: a START under an id of nobody's would open nothing
		r.Tell(t, rig.MetaNews("messages", rig.Fields{"statuses": []rig.Fields{{
			"id": answers, "status": "read", "timestamp": fmt.Sprint(r.Clock.Now().Unix()),
			"recipient_id": rig.Shopper, "recipient_user_id": rig.ShopperUser,
		}}}))
	}
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
		r.Clock.Advance(time.Minute)
		s := rig.Said{Word: order.word, ID: fmt.Sprintf("wamid.ORDER%d", n), At: r.Clock.Now()}
		if sp.Source == consent.Button {
			s.Answers = answers
		}
		r.Tell(t, body(s))
		state, ledger := r.CheckChain(t)
		if state.Status != order.want || len(ledger) != n+2 {
			t.Fatalf("after %s %d: got %s with %s, want %s with %d entries; %s",
				order.word, n, state.Status, rig.ActionsOf(ledger), order.want, n+2, r.Logs)
		}
		if e := ledger[n+1]; e.Action != order.action || e.Source != sp.Source {
			t.Errorf("%s: the ledger says %s through %s, want %s through %s", order.word, e.Action, e.Source, order.action, sp.Source)
		}
		r.Hand(r.Hooks, r.EventData(r.Another(500+n)))
		r.Settle(r.Hooks)
		if got := r.Sim.Log().AcceptedCount(); got != order.sent {
			t.Errorf("after %s %d: accepted %d, want %d; %s", order.word, n, got, order.sent, r.Describe())
		}
	}
	for _, m := range r.Messages() {
		if s := m.Status(); s != message.StatusRead && (s != message.StatusRefused || m.Reason != message.OptedOut) {
			t.Errorf("send log: got %s %s", s, m.Reason)
		}
	}
}
