package provider

import (
	"fmt"
	"log/slog"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// What follows keeps messages and events printable without their contents: a log of one never holds whom it is for or
// what it says.

// Format writes what is logged, for every verb.
func (m TemplateMessage) Format(s fmt.State, _ rune) { logging.Format(s, m) }

// LogValue is the template's id and the reference.
func (m TemplateMessage) LogValue() slog.Value {
	return slog.GroupValue(slog.String("template_id", m.Template.ID), slog.String("ref", m.Ref))
}

// Format writes what is logged, for every verb.
func (m TextMessage) Format(s fmt.State, _ rune) { logging.Format(s, m) }

// LogValue is the reference.
func (m TextMessage) LogValue() slog.Value { return slog.GroupValue(slog.String("ref", m.Ref)) }

// Format writes what is logged, for every verb.
func (e Event) Format(s fmt.State, _ rune) { logging.Format(s, e) }

// LogValue is kind and ids.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(e.Kind)), slog.Any("ids", e.ids()))
}

// Format writes what is logged, for every verb.
func (s StatusEvent) Format(w fmt.State, _ rune) { logging.Format(w, s) }

// LogValue is the ids and what is said of them.
func (s StatusEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", string(s.Status)), slog.Any("ids", s.IDs), slog.String("code", s.Code))
}

// Format writes what is logged, for every verb.
func (r ReplyEvent) Format(s fmt.State, _ rune) { logging.Format(s, r) }

// LogValue is id and type.
func (r ReplyEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", r.ID), slog.String("type", r.Type))
}

// Format writes what is logged, for every verb.
func (p PreferenceEvent) Format(s fmt.State, _ rune) { logging.Format(s, p) }

// LogValue is the choice without who made it.
func (p PreferenceEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("stop", p.Stop), slog.Bool("marketing", p.Marketing))
}

// Format writes what is logged, for every verb.
func (c CallEvent) Format(s fmt.State, _ rune) { logging.Format(s, c) }

// LogValue is nothing: a call is no more than who calls.
func (CallEvent) LogValue() slog.Value { return slog.GroupValue() }

// Format writes what is logged, for every verb.
func (i IdentityEvent) Format(s fmt.State, _ rune) { logging.Format(s, i) }

// LogValue is the id of the message that told it.
func (i IdentityEvent) LogValue() slog.Value { return slog.GroupValue(slog.String("id", i.ID)) }

// ids are the provider's ids of what the event is about.
func (e Event) ids() []string {
	switch {
	case e.Status != nil:
		return e.Status.IDs
	case e.Reply != nil:
		return []string{e.Reply.ID}
	case e.Template != nil:
		return []string{e.Template.ID}
	case e.Identity != nil:
		return []string{e.Identity.ID}
	default:
		return nil
	}
}

// Format writes what is logged, for every verb.
func (m OrderMessage) Format(s fmt.State, _ rune) { logging.Format(s, m) }

// LogValue is the kind of the event and the reference.
func (m OrderMessage) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", m.Event.Kind().String()), slog.String("ref", m.Ref))
}

// LogValue is the reference and the status.
func (o OrderStatus) LogValue() slog.Value {
	return slog.GroupValue(slog.String("reference", o.Reference), slog.String("status", o.Status))
}

// LogValue is the reference.
func (o OrderDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.String("reference", o.Reference))
}

// Format writes what is logged, for every verb.
func (o OrderStatus) Format(s fmt.State, _ rune) { logging.Format(s, o) }

// Format writes what is logged, for every verb.
func (o OrderDetails) Format(s fmt.State, _ rune) { logging.Format(s, o) }

// Format writes what is logged, for every verb.
func (m ButtonMessage) Format(s fmt.State, _ rune) { logging.Format(s, m) }

// LogValue is the reference.
func (m ButtonMessage) LogValue() slog.Value { return slog.GroupValue(slog.String("ref", m.Ref)) }
