package meta

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// broadcast posts a notice to an app's webhook now. Call with mu held.
func (s *Server) broadcast(a *app, n *notice) {
	n.at = s.cfg.Clock.Now()
	s.emit(a, n, a.Behaviour.AtOnce())
}

// SetTemplateStatus changes a template's status (APPROVED, PAUSED, REJECTED, DISABLED, FLAGGED, …) and tells the webhook
// (shared/provider/cloudapi/CONTRACT.md section 8.1). reason is the rejection's or the pause's.
func (s *Server) SetTemplateStatus(appID, templateID, status, reason string) error {
	return s.Change(appID, func(a *app) error {
		old := a.waba.templates[templateID]
		if old == nil {
			return tenant.ErrUnknownTemplate
		}

		// Messages on their way keep the template they were sent with.
		changed := *old
		changed.Status, changed.RejectedReason = strings.ToUpper(status), ""
		value := changed.event()

		value["event"], value["reason"] = changed.Status, "NONE"
		switch changed.Status {
		case "REJECTED":
			changed.RejectedReason, value["reason"] = reason, reason
		case "PAUSED":
			value["other_info"] = object{"title": "FIRST_PAUSE", "description": reason}
		}

		a.waba.templates[templateID] = &changed
		s.broadcast(a, &notice{kind: "template", field: "message_template_status_update", value: value})

		return nil
	})
}

// event names the template as callbacks do: its id is a number.
func (c *compiled) event() object {
	return object{
		"message_template_id": json.Number(c.ID), "message_template_name": c.Name,
		"message_template_language": c.Language, "message_template_category": c.Category,
	}
}

// EmitField posts a value of any field, as it is: account_update, phone_number_quality_update, and so on.
func (s *Server) EmitField(appID, field string, value map[string]any) error {
	return s.Change(appID, func(a *app) error {
		s.broadcast(a, &notice{kind: "account", field: field, value: value})
		return nil
	})
}

// EmitPreference reports that a shopper stopped or resumed marketing messages; value is stop, resume or signup.
func (s *Server) EmitPreference(appID, phone, value string) error {
	return s.Change(appID, func(a *app) error {
		choice := object{
			"user_id": tenant.UserID(phone), "detail": "User requested to " + value + " marketing messages",
			"category": "marketing_messages", "value": value, "timestamp": s.cfg.Clock.Now().Unix(),
		}

		if !a.Behaviour.HidePhone {
			choice["wa_id"] = phone
		}

		s.broadcast(a, &notice{
			kind: "preference", field: "user_preferences", value: a.value(object{"user_preferences": []object{choice}}),
		})

		return nil
	})
}
