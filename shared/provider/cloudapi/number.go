package cloudapi

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// standby reads news of conversations that another sender on the number holds, such as Meta Business Agent. Its items are those of
// "messages", in an object of their own or, as other documents have it, beside the metadata (CONTRACT.md section 6.1).
func (r Reader) standby(v Value, value json.RawMessage, at int64) Reading {
	var outside struct {
		Standby  json.RawMessage `json:"standby"`
		Contacts lenient.List    `json:"contacts"`
	}

	_ = lenient.Decode(value, &outside)
	if isObject(outside.Standby) {
		var within Value
		var known struct {
			Contacts lenient.List `json:"contacts"`
		}

		_ = lenient.Decode(outside.Standby, &within)
		_ = lenient.Decode(outside.Standby, &known)

		v.Contacts = append(v.Contacts, within.Contacts...)
		v.Statuses = append(v.Statuses, within.Statuses...)
		v.Messages = append(v.Messages, within.Messages...)
		v.Errors = append(v.Errors, within.Errors...)
		v.Echoes = append(v.Echoes, within.Echoes...)

		if v.hasItems() {
			contacts := slices.Concat(outside.Contacts, known.Contacts)
			value = lenient.Replace(value, map[string]any{"standby": nil, "contacts": contacts})
		}
	}

	all := r.Items(v, value, at)
	for i := range all.Events {
		all.Events[i].Standby = true
	}

	return all
}

// call is one of "calls".
type call struct {
	From      text   `json:"from"`
	UserID    text   `json:"from_user_id"`
	Event     text   `json:"event"`
	Direction text   `json:"direction"`
	Timestamp moment `json:"timestamp"`
}

// calls reads the calls of a number. A call that a shopper begins opens the service window; how it goes on, calls of the business
// and the reports of them change nothing (CONTRACT.md section 6.3).
func (Reader) calls(v Value, value json.RawMessage, at int64) Reading {
	var news struct {
		Calls lenient.List `json:"calls"`
	}

	_ = lenient.Decode(value, &news)

	all := Reading{Events: []provider.Event{}}
	all.each(news.Calls, func(raw json.RawMessage) Reading {
		var c call
		if lenient.Decode(raw, &c) != nil || c.Event != "connect" || c.Direction == "BUSINESS_INITIATED" {
			return Reading{}
		}

		phone, userID := Person(c.From, c.UserID)
		phone, userID, _ = complete(v.Contacts, phone, userID, true)
		if phone == "" && userID == "" {
			return Reading{}
		}

		return Reading{Events: []provider.Event{{
			Kind: provider.KindCall,
			At:   cmp.Or(c.Timestamp.Millis(), at),
			Call: &provider.CallEvent{From: phone, UserID: userID},
		}}}
	})
	if len(all.Events) == 0 {
		all.Events = append(all.Events, provider.Ignored())
	}

	return all
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
func (Reader) handover(_ Value, value json.RawMessage, at int64) Reading {
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

	return Reading{Events: []provider.Event{{
		Kind:    provider.KindAccount,
		At:      cmp.Or(h.Timestamp.Millis(), at),
		Account: &e,
	}}}
}

// Unfamiliar returns the reading of a field or a type that no parser knows; raw is the part of the callback that holds the value.
// It is kept as it came if a shopper's message may lie in it. Of anything else only the name and the shape are told.
func Unfamiliar(name lenient.Text, value, raw json.RawMessage) Reading {
	var v any
	if json.Unmarshal(value, &v) == nil && !namesShopper(v) {
		return Reading{Events: []provider.Event{{
			Kind:        provider.KindIgnored,
			UnreadField: &provider.UnreadField{Name: logging.Word(string(name)), Shape: logging.Shape(value)},
		}}}
	}

	return unread(raw, true)
}

// shopperNames are the fields by which a message or a choice names whose it is, in the wires of all providers.
var shopperNames = []string{"messages", "user_preferences", "from", "from_user_id", "wa_id", "user_id", "userId", "source", "sender"}

// namesShopper reports whether a shopper may be named anywhere in a value.
func namesShopper(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, part := range v {
			if slices.Contains(shopperNames, name) || namesShopper(part) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, namesShopper)
	}

	return false
}
