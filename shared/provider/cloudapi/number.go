package cloudapi

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// standby reads news of conversations that another sender on the number holds, such as Meta Business Agent. Its items are those of
// "messages", in an object of their own or, as other documents have it, beside the metadata (CONTRACT.md section 6.1). A
// list in the object's place is read as well: of such objects, or of the messages themselves.
func (r Reader) standby(v Value, value json.RawMessage, at int64) Reading {
	var outside struct {
		Standby  lenient.List `json:"standby"`
		Contacts lenient.List `json:"contacts"`
	}

	_ = lenient.Decode(value, &outside)

	foreign := false
	for _, raw := range outside.Standby {
		contacts, own := v.add(raw)
		outside.Contacts = append(outside.Contacts, contacts...)
		foreign = foreign || !own
	}

	switch {
	case foreign && !v.hasItems():
		return Reading{foreign: true}
	case len(outside.Standby) > 0 && v.hasItems():
		value = lenient.Replace(value, map[string]any{"standby": nil, "contacts": outside.Contacts})
	}

	all := r.Items(v, value, at)
	all.foreign = foreign

	for i := range all.Events {
		all.Events[i].Standby = true
	}

	return all
}

// add adds the items of an element of "standby" to a value, and returns its contacts as they came. An element without items is a
// message. It is not own, and nothing is added, if it names another number than is wanted.
func (v *Value) add(element json.RawMessage) (contacts []json.RawMessage, own bool) {
	var within Value
	var known struct {
		Contacts lenient.List `json:"contacts"`
	}

	_ = lenient.Decode(element, &within)
	_ = lenient.Decode(element, &known)

	if other(v.whose.PhoneNumberID, within.Metadata.PhoneNumberID) {
		return nil, false
	}
	if !within.hasItems() && within.Echoes == nil {
		within.Messages = lenient.List{element}
	}

	v.Contacts = append(v.Contacts, within.Contacts...)
	v.Statuses = append(v.Statuses, within.Statuses...)
	v.Messages = append(v.Messages, within.Messages...)
	v.Errors = append(v.Errors, within.Errors...)
	v.Preferences = append(v.Preferences, within.Preferences...)
	v.Calls = append(v.Calls, within.Calls...)
	v.Echoes = append(v.Echoes, within.Echoes...)

	return known.Contacts, true
}

// call is one of "calls".
type call struct {
	From      text   `json:"from"`
	UserID    text   `json:"from_user_id"`
	Event     text   `json:"event"`
	Direction text   `json:"direction"`
	Timestamp moment `json:"timestamp"`
}

// calls reads the news of a number's calls. The reports of calls are of no message of ours.
func (r Reader) calls(v Value, value json.RawMessage, at int64) Reading {
	v.Statuses = nil
	if !v.hasItems() {
		return Reading{Events: []provider.Event{provider.Ignored()}}
	}

	return r.Items(v, value, at)
}

// call returns the event of one of "calls". A call that a shopper begins opens the service window; how it goes on and calls of the
// business change nothing (CONTRACT.md section 6.3).
func (r Reader) call(at int64, raw json.RawMessage, contacts []Contact) *provider.Event {
	var c call
	if lenient.Decode(raw, &c) != nil || c.Event != "connect" || c.Direction == "BUSINESS_INITIATED" {
		return new(provider.Ignored())
	}

	phone, userID := r.Person(c.From, c.UserID)
	phone, userID, _ = r.complete(contacts, phone, userID, true)
	if phone == "" && userID == "" {
		return new(provider.Ignored())
	}

	return &provider.Event{
		Kind: provider.KindCall,
		At:   cmp.Or(c.Timestamp.Millis(), at),
		Call: &provider.CallEvent{From: phone, UserID: userID},
	}
}

// roles are where a handover names who held the conversation and who holds it now; the names differ between Meta's pages and what
// was seen.
type roles struct {
	Previous    text `json:"previous_owner_role"`
	PreviousApp text `json:"previous_owner_app_role"`
	New         text `json:"new_owner_role"`
	NewApp      text `json:"new_owner_app_role"`
}

// agents are the roles of Meta Business Agent.
var agents = []text{"ai_agent", "meta_business_agent"}

// handover reads that a conversation was given to another sender, or taken by one. Change is the field's name, and Value what
// happened and who holds the conversation now.
func (r Reader) handover(v Value, value json.RawMessage, at int64) Reading {
	var h struct {
		Type      text   `json:"type"`
		Timestamp moment `json:"timestamp"`
		Passed    roles  `json:"control_passed"`
		Taken     roles  `json:"control_taken"`
	}

	_ = lenient.Decode(value, &h)

	who := h.Passed
	if h.Taken != (roles{}) {
		who = h.Taken
	}

	e := provider.AccountEvent{Change: "messaging_handovers", Value: string(h.Type)}
	if now := cmp.Or(who.New, who.NewApp); now != "" {
		e.Value += ":" + string(now)
	}

	e.Agent = slices.ContainsFunc(agents, func(role text) bool {
		return role == who.Previous || role == who.PreviousApp || role == who.New || role == who.NewApp
	})

	var all Reading
	if v.hasItems() {
		all = r.Items(v, value, at)
	}

	all.Events = append(all.Events, provider.Event{
		Kind:    provider.KindAccount,
		At:      cmp.Or(h.Timestamp.Millis(), at),
		Account: &e,
	})

	return all
}
