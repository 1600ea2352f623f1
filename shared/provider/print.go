package provider

import (
	"fmt"
	"log/slog"
)

// What follows keeps messages and events printable without their contents: a log of one never holds whom it is for or
// what it says.

// Format writes the template's id and the reference, for every verb.
func (m TemplateMessage) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "template message %s %s", m.Template.ID, m.Ref)
}

// LogValue is the template's id and the reference.
func (m TemplateMessage) LogValue() slog.Value {
	return slog.GroupValue(slog.String("template_id", m.Template.ID), slog.String("ref", m.Ref))
}

// Format writes the reference, for every verb.
func (m TextMessage) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "text message %s", m.Ref) }

// LogValue is the reference.
func (m TextMessage) LogValue() slog.Value { return slog.GroupValue(slog.String("ref", m.Ref)) }

// Format writes kind and ids, for every verb.
func (e Event) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "%s event %q", e.Kind, e.ids()) }

// LogValue is kind and ids.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(e.Kind)), slog.Any("ids", e.ids()))
}

// Format writes the ids and what is said of them, for every verb.
func (s StatusEvent) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "status %q of %q code %q", string(s.Status), s.IDs, s.Code)
}

// LogValue is the ids and what is said of them.
func (s StatusEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", string(s.Status)), slog.Any("ids", s.IDs), slog.String("code", s.Code))
}

// Format writes id and type, for every verb.
func (r ReplyEvent) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "reply %q of type %q", r.ID, r.Type)
}

// LogValue is id and type.
func (r ReplyEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", r.ID), slog.String("type", r.Type))
}

// Format writes the choice without who made it, for every verb.
func (p PreferenceEvent) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "preference stop=%t marketing=%t", p.Stop, p.Marketing)
}

// LogValue is the choice without who made it.
func (p PreferenceEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("stop", p.Stop), slog.Bool("marketing", p.Marketing))
}

// ids are the provider's ids of what the event is about.
func (e Event) ids() []string {
	switch {
	case e.Status != nil:
		return e.Status.IDs
	case e.Reply != nil:
		return []string{e.Reply.ID}
	case e.Template != nil:
		return []string{e.Template.ID}
	default:
		return nil
	}
}
