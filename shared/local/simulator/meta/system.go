package meta

import (
	"encoding/json"
	"strings"
	"time"

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

// SetTemplateCategory puts a template into another category and tells the webhook that this is done (shared/provider/cloudapi/CONTRACT.md
// section 8.1).
func (s *Server) SetTemplateCategory(appID, templateID, category string) error {
	return s.changeTemplate(appID, templateID, func(t *compiled) (field string, value object) {
		before := t.Category
		t.Category = strings.ToUpper(category)
		value = t.event()
		value["previous_category"], value["new_category"] = before, t.Category

		return "template_category_update", value
	})
}

// AnnounceCategory tells the webhook that a template is to get another category in a day. The template stays as it is.
func (s *Server) AnnounceCategory(appID, templateID, category string) error {
	return s.changeTemplate(appID, templateID, func(t *compiled) (field string, value object) {
		value = t.event()
		value["new_category"], value["correct_category"] = t.Category, strings.ToUpper(category)
		value["category_update_timestamp"] = s.cfg.Clock.Now().Add(categoryNotice).Unix()

		return "template_category_update", value
	})
}

// categoryNotice is how long before another category counts it is announced.
const categoryNotice = 24 * time.Hour

// EditBody gives a template another text, whatever was approved before, and tells the webhook (shared/provider/cloudapi/CONTRACT.md
// section 8.1). Its status stays.
func (s *Server) EditBody(appID, templateID, body string) error {
	return s.changeTemplate(appID, templateID, func(t *compiled) (field string, value object) {
		edited := NewTemplate(t.ID, t.Name, t.Language, Content{
			HeaderFormat: t.headerFormat,
			Header:       t.header,
			Body:         body,
			Footer:       t.footer,
			Buttons:      t.buttons,
		})
		edited.Status, edited.Category, edited.SubCategory = t.Status, t.Category, t.SubCategory
		if next, err := compile(&edited); err == nil {
			*t = *next
		}

		value = t.event()
		value["message_template_element"] = t.body

		return "message_template_components_update", value
	})
}

// changeTemplate changes a copy of a template, which takes its place, and posts what change says of it.
func (s *Server) changeTemplate(appID, templateID string, change func(*compiled) (field string, value object)) error {
	return s.Change(appID, func(a *app) error {
		old := a.waba.templates[templateID]
		if old == nil {
			return tenant.ErrUnknownTemplate
		}

		changed := *old // messages on their way keep the template they were sent with
		field, value := change(&changed)
		a.waba.templates[templateID] = &changed
		s.broadcast(a, &notice{kind: "template", field: field, value: value})

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
