package cloudapi

import (
	"cmp"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Object marks the Cloud API's envelope; other objects are products of Meta's that are none of ours.
const Object = "whatsapp_business_account"

// Envelope is the outside of a callback of the Cloud API.
type Envelope struct {
	Object lenient.Text `json:"object"`
	Entry  []entry      `json:"entry"`
}

// entry is one business account's part of a callback.
type entry struct {
	ID   text   `json:"id"`
	Time moment `json:"time"`
	// Field stands here in Meta's sample of PARTNER_APP_INSTALLED.
	Field   text         `json:"field"`
	Changes lenient.List `json:"changes"`
}

// Is reports whether a body with this outside is the Cloud API's. Meta's own samples of PARTNER_ADDED and its like have no
// object.
func (e Envelope) Is() bool { return e.Object == Object || e.Object == "" && len(e.Entry) > 0 }

// Scope says whose news is wanted; empty fields want everybody's.
type Scope struct{ PhoneNumberID, WABAID string }

// other reports whether an id is somebody else's. Some callbacks name none.
func other(own string, named text) bool { return own != "" && named != "" && own != string(named) }

// Reading is what was read of a part of a callback.
type Reading struct {
	Events []provider.Event
	// Rest is the part with only those of its items that no parser reads; nil if all were read.
	Rest json.RawMessage
	// inbound says that a shopper's message may lie in the rest.
	inbound bool
	// foreign says that something of it is somebody else's and was left out.
	foreign bool
}

// unread returns the reading of a part of which nothing can be read.
func unread(raw json.RawMessage, inbound bool) Reading { return Reading{Rest: raw, inbound: inbound} }

// One returns the reading of a part that is one event; a nil event is what cannot be read.
func One(e *provider.Event, raw json.RawMessage, inbound bool) Reading {
	if e == nil {
		return unread(raw, inbound)
	}

	return Reading{Events: []provider.Event{*e}}
}

// each reads the elements of a list. It adds their events to r and returns what is left of them.
func (r *Reading) each(list lenient.List, read func(json.RawMessage) Reading) (rests []json.RawMessage) {
	for _, raw := range list {
		if string(raw) == "null" {
			continue
		}

		part := read(raw)
		r.Events = append(r.Events, part.Events...)
		r.foreign = r.foreign || part.foreign
		if part.Rest != nil {
			rests = append(rests, part.Rest)
			r.inbound = r.inbound || part.inbound
		}
	}

	return rests
}

// Callback returns the events of a whole callback. What is left of it is the last: as it came, if nothing of it was read.
func (r Reading) Callback(body []byte) []provider.Event {
	switch {
	case len(r.Events) == 0 && r.foreign && r.Rest == nil:
		return nil
	case len(r.Events) == 0 && r.Rest == nil:
		return []provider.Event{provider.Ignored()}
	case len(r.Events) == 0 && !r.foreign:
		return []provider.Event{provider.Unknown(body, r.inbound)}
	case r.Rest == nil:
		return r.Events
	default:
		return append(r.Events, provider.Unknown(r.Rest, r.inbound))
	}
}

// change is one piece of news.
type change struct {
	Field text            `json:"field"`
	Value json.RawMessage `json:"value"`
}

// Envelope reads a callback with any number of entries, changes and items, in their order. Fields of unexpected types count
// as absent. What names another number or another business account than the scope's is left out.
func (r Reader) Envelope(whose Scope, body []byte, outside Envelope) Reading {
	var all Reading

	sound := len(outside.Entry) > 0
	for _, e := range outside.Entry {
		rests := all.each(e.Changes, func(raw json.RawMessage) Reading { return r.change(whose, e, raw) })
		sound = sound && e.Changes != nil && len(rests) == 0
	}
	if sound {
		return all
	}

	return r.remainder(whose, body)
}

// remainder reads a callback part by part, as they were sent, so that what cannot be read is left of it. That takes longer.
func (r Reader) remainder(whose Scope, body []byte) Reading {
	var outside struct {
		Entry lenient.List `json:"entry"`
	}
	if lenient.Decode(body, &outside) != nil {
		return unread(body, true)
	}

	var all Reading

	rests := all.each(outside.Entry, func(raw json.RawMessage) Reading { return r.entry(whose, raw) })
	if len(rests) > 0 {
		all.Rest = lenient.Replace(body, map[string]any{"entry": rests})
	}

	return all
}

func (r Reader) entry(whose Scope, raw json.RawMessage) Reading {
	var e entry
	if lenient.Decode(raw, &e) != nil {
		return unread(raw, true)
	}
	if e.Changes == nil {
		return unread(raw, true).unless(other(whose.WABAID, e.ID))
	}

	var all Reading

	rests := all.each(e.Changes, func(raw json.RawMessage) Reading { return r.change(whose, e, raw) })
	if len(rests) > 0 {
		all.Rest = lenient.Replace(raw, map[string]any{"changes": rests})
	}

	return all
}

// unless returns the reading, or that of somebody else's news.
func (r Reading) unless(foreign bool) Reading {
	if foreign {
		return Reading{foreign: true}
	}

	return r
}

// useless are the fields that change nothing here: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks.
// Some tell of chats that the brand itself has in the WhatsApp Business app.
var useless = map[text]bool{
	"account_settings_update":      true,
	"automatic_events":             true,
	"business_status_update":       true,
	"flows":                        true,
	"group_lifecycle_update":       true,
	"group_participants_update":    true,
	"group_settings_update":        true,
	"group_status_update":          true,
	"history":                      true,
	"message_echoes":               true,
	"partner_solutions":            true,
	"payment_configuration_update": true,
	"smb_app_state_sync":           true,
	"smb_message_echoes":           true,
	"tracking_events":              true,
}

func (r Reader) change(whose Scope, of entry, raw json.RawMessage) Reading {
	var c change
	if lenient.Decode(raw, &c) != nil {
		return unread(raw, true).unless(other(whose.WABAID, of.ID))
	}

	field, account, at := c.Field, of.ID, of.Time.Millis()
	if field != "messages" {
		var v about
		_ = lenient.Decode(c.Value, &v) // what cannot be read names nobody
		field, account = cmp.Or(field, v.Field, of.Field), cmp.Or(v.Account.ID, account)
	}
	if other(whose.WABAID, account) {
		return Reading{foreign: true}
	}

	own := r.Fields[string(field)]

	switch {
	case numberFields[field] != nil:
		return r.ofNumber(whose, numberFields[field], raw, c.Value, at)
	case own != nil:
		return One(own(at, c.Value), raw, false)
	case templateFields[field]:
		return One(templateEvent(at, field, c.Value), raw, false)
	case accountFields[field]:
		return One(accountEvent(at, field, c.Value), raw, false)
	case useless[field]:
		return Reading{Events: []provider.Event{provider.Ignored()}}
	default:
		return Unfamiliar(field, c.Value, raw)
	}
}

// about is where the value of a field other than "messages" says what it is about. News of a partner's app come under the
// partner's id as the entry's; the business account stands within. Meta's sample of PARTNER_APP_UNINSTALLED has the field
// within as well.
type about struct {
	Field   text `json:"field"`
	Account struct {
		ID text `json:"waba_id"`
	} `json:"waba_info"`
}

// numberFields are the fields that are about a number, and what reads their values.
var numberFields = map[text]func(r Reader, v Value, value json.RawMessage, at int64) Reading{
	"messages":            Reader.Items,
	"standby":             Reader.standby,
	"calls":               Reader.calls,
	"messaging_handovers": Reader.handover,
	"user_preferences":    Reader.Items,
}

// ofNumber reads a change of one of the fields that are about a number.
func (r Reader) ofNumber(
	whose Scope, read func(Reader, Value, json.RawMessage, int64) Reading, raw, value json.RawMessage, at int64,
) Reading {
	var v Value
	if lenient.Decode(value, &v) != nil {
		return unread(raw, true)
	}
	if other(whose.PhoneNumberID, cmp.Or(v.Metadata.PhoneNumberID, v.Recipient.PhoneNumberID)) {
		return Reading{foreign: true}
	}

	v.whose = whose

	return inChange(raw, read(r, v, value, at))
}

// inChange returns the reading of a change from that of its value.
func inChange(raw json.RawMessage, value Reading) Reading {
	if value.Rest != nil {
		value.Rest = lenient.Replace(raw, map[string]any{"value": value.Rest})
	}

	return value
}
