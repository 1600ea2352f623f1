package gupshup

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// broadcast posts a notice to the app's subscribers now.
func (s *Server) broadcast(appID string, n *notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	a := s.apps[appID]
	if a == nil {
		return tenant.ErrUnknownApp
	}

	s.emit(a, n, a.Behaviour.AtOnce())

	return nil
}

// SetTemplateStatus changes a template's status (APPROVED, PAUSED, REJECTED, DISABLED, DELETED, IN_APPEAL, …) and tells
// the subscribers with a template-event (shared/provider/gupshup/CONTRACT.md section 6.7). reason is the rejection's or the pause's.
func (s *Server) SetTemplateStatus(appID, templateID, status, reason string) error {
	return s.tellOfTemplate(appID, templateID, func(t *compiled) (v2, v3 object) {
		t.Status, t.Reason = strings.ToUpper(status), ""
		v2 = object{"type": "status-update", "status": strings.ToLower(status)}

		switch {
		case t.Status == "REJECTED":
			t.Reason, v2["rejectedReason"] = reason, reason
		case reason != "":
			v2["description"] = reason
		}

		return v2, object{"event": t.Status, "reason": reason}
	}, "message_template_status_update")
}

// SetTemplateCategory puts a template into another category and tells the subscribers that this is done
// (shared/provider/gupshup/CONTRACT.md section 6.7).
func (s *Server) SetTemplateCategory(appID, templateID, category string) error {
	return s.tellOfTemplate(appID, templateID, func(t *compiled) (v2, v3 object) {
		before := t.Category
		t.Category = strings.ToUpper(category)

		return object{"type": "category-update", "category": object{"old": before, "new": t.Category}},
			object{"previous_category": before, "new_category": t.Category}
	}, "template_category_update")
}

// AnnounceCategory tells the subscribers that a template is to get another category in a day. The template stays as it is.
func (s *Server) AnnounceCategory(appID, templateID, category string) error {
	return s.tellOfTemplate(appID, templateID, func(t *compiled) (v2, v3 object) {
		next := strings.ToUpper(category)

		return object{"type": "category-update", "category": object{"current": t.Category, "correct": next}},
			object{"new_category": t.Category, "correct_category": next}
	}, "template_category_update")
}

// tellOfTemplate changes a copy of a template, which takes its place, and posts what change says of it, by the version of each subscriber.
func (s *Server) tellOfTemplate(appID, templateID string, change func(*compiled) (v2, v3 object), field string) error {
	s.mu.Lock()

	a := s.apps[appID]
	if a == nil {
		s.mu.Unlock()
		return tenant.ErrUnknownApp
	}

	old := a.templates[templateID]
	if old == nil {
		s.mu.Unlock()
		return tenant.ErrUnknownTemplate
	}

	changed := *old // messages on their way keep the template they were sent with
	v2, v3 := change(&changed)
	a.templates[templateID] = &changed
	now := s.cfg.Clock.Now()
	s.mu.Unlock()

	v2["id"], v2["elementName"], v2["languageCode"] = templateID, old.ElementName, old.LanguageCode
	v3["message_template_id"], v3["message_template_name"] = old.ExternalID, old.ElementName
	v3["message_template_language"] = old.LanguageCode

	return s.broadcast(appID, &notice{kind: "template", mode: "TEMPLATE", build: func(version int) []byte {
		if version == 3 {
			return a.envelope3(field, v3, false)
		}

		return a.envelope2("template-event", now, v2)
	}})
}

// EmitAccount posts to the subscribers an account-event of type status-event: ACCOUNT_DISABLE, ACCOUNT_RESTRICTED,
// ACCOUNT_VIOLATION or ACCOUNT_VERIFIED (shared/provider/gupshup/CONTRACT.md section 6.7).
func (s *Server) EmitAccount(appID, status string) error {
	return s.emitTyped(appID, "account", "ACCOUNT", "account-event", object{"type": "status-event", "status": status})
}

// EmitUser posts to the subscribers a user-event: opted-in or opted-out, which old apps still send
// (shared/provider/gupshup/CONTRACT.md section 6.6).
func (s *Server) EmitUser(appID, phone, what string) error {
	return s.emitTyped(appID, "user", "OTHERS", "user-event", object{"phone": phone, "type": what})
}

// EmitPreference reports to the subscribers that a shopper stopped or resumed marketing messages; value is stop or resume
// (shared/provider/gupshup/CONTRACT.md section 6.6).
func (s *Server) EmitPreference(appID, phone, value string) error {
	now := s.cfg.Clock.Now()

	return s.emitTyped(appID, "preference", "OTHERS", "preference-event", object{
		"type": "user_preferences",
		"payload": object{"user_preferences": []object{{
			"wa_id": phone, "detail": "User requested to " + value + " marketing messages",
			"category": "marketing_messages", "value": value, "timestamp": now.Unix(),
		}}},
	})
}

// EmitRaw posts body as it is to the subscribers that want mode: unknown types, broken JSON, whatever a test needs.
func (s *Server) EmitRaw(appID, mode string, body []byte) error {
	return s.broadcast(appID, &notice{kind: "other", mode: mode, build: func(int) []byte { return body }})
}

func (s *Server) emitTyped(appID, kind, mode, eventType string, payload object) error {
	s.mu.Lock()
	a := s.apps[appID]
	s.mu.Unlock()
	if a == nil {
		return tenant.ErrUnknownApp
	}

	now := s.cfg.Clock.Now()
	// These exist in version 2 only; a version 3 subscriber gets them as they are.
	return s.broadcast(appID, &notice{kind: kind, mode: mode, build: func(int) []byte {
		return a.envelope2(eventType, now, payload)
	}})
}
